using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

public sealed class HolmTests
{
    [Fact]
    public void The_least_is_multiplied_by_all_the_next_by_one_fewer_and_none_falls_below_one_before()
    {
        // By hand: 0.005 · 4, 0.01 · 3, 0.03 · 2, and 0.04 · 1 raised to the 0.06 before it.
        var adjusted = Holm.Adjusted([0.01, 0.04, 0.03, 0.005]);
        Assert.All(new[] { 0.03, 0.06, 0.06, 0.02 }.Zip(adjusted), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Fact]
    public void None_is_above_one() => Assert.Equal([1.0, 1.0, 1.0], Holm.Adjusted([0.5, 0.9, 1]));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1.1)]
    [InlineData(-0.1)]
    public void What_is_no_p_value_is_refused(double p) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Holm.Adjusted([0.1, p]));
}
