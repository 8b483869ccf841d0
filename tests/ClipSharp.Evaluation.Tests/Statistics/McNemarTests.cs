using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

[Trait("Category", "Numeric")]
public sealed class McNemarTests
{
    // scipy 1.10.1: binomtest(min(b, c), b + c, 0.5).pvalue; without disagreement 1.
    [Theory]
    [InlineData(0, 0, 1.0)]
    [InlineData(1, 0, 1.0)]
    [InlineData(5, 1, 0.21875)]
    [InlineData(10, 25, 0.016673847800120715)]
    [InlineData(30, 31, 1.0)]
    [InlineData(400, 300, 0.00017847631448562662)]
    [InlineData(0, 60, 1.734723475976807e-18)]
    public void The_exact_test_equals_scipy_whichever_model_is_first(int onlyFirst, int onlySecond, double expected)
    {
        Assert.Equal(1, McNemar.PValue(onlyFirst, onlySecond) / expected, 1e-9);
        Assert.Equal(1, McNemar.PValue(onlySecond, onlyFirst) / expected, 1e-9);
    }
}
