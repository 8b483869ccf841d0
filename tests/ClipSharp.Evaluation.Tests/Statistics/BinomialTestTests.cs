using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

[Trait("Category", "Numeric")]
public sealed class BinomialTestTests
{
    // scipy 1.10.1: binomtest(k, n, p, alternative="greater").pvalue, then "less".
    [Theory]
    [InlineData(0, 10, 0.3, 1.0, 0.028247524900000005)]
    [InlineData(10, 10, 0.9, 0.34867844010000004, 1.0)]
    [InlineData(7, 10, 0.5, 0.171875, 0.9453125)]
    [InlineData(130, 200, 0.6, 0.08439778204121161, 0.9360974288298506)]
    [InlineData(2060, 4000, 0.5, 0.02994144991100867, 0.9721441501994389)]
    [InlineData(5, 5000, 0.004, 0.9999834905589489, 7.027390362625284e-05)]
    [InlineData(45, 50, 0.62, 9.193662200971756e-06, 0.9999984381166264)]
    public void One_tail_equals_scipy(int successes, int count, double share, double atLeast, double atMost)
    {
        Assert.Equal(1, BinomialTest.AtLeast(successes, count, share) / atLeast, 1e-9);
        Assert.Equal(1, BinomialTest.AtMost(successes, count, share) / atMost, 1e-9);
    }

    [Fact]
    public void More_successes_than_tries_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialTest.AtLeast(3, 2, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialTest.AtMost(-1, 2, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialTest.AtMost(1, 2, 1.5));
    }
}
