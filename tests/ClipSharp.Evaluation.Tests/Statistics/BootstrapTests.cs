using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

public sealed class BootstrapTests
{
    [Fact]
    public void The_interval_of_a_share_is_near_the_normal_one()
    {
        const int count = 400;
        var (low, high) = Bootstrap.Interval(count, times => times.Where((_, unit) => unit % 4 == 0).Sum() / (double)count);
        var half = 1.96 * Math.Sqrt(0.25 * 0.75 / count);
        Assert.Equal(0.25 - half, low, 0.01);
        Assert.Equal(0.25 + half, high, 0.01);
    }

    [Fact]
    public void Each_set_has_as_many_draws_as_units_and_the_seed_decides_them()
    {
        var sums = new List<int>();
        var first = Bootstrap.Interval(50, times => { sums.Add(times.Sum()); return times[0]; }, seed: 1);
        Assert.All(sums, sum => Assert.Equal(50, sum));
        Assert.Equal(first, Bootstrap.Interval(50, times => times[0], seed: 1));
        Assert.NotEqual(Bootstrap.Interval(50, times => Mean(times), seed: 1),
            Bootstrap.Interval(50, times => Mean(times), seed: 2));
    }

    private static double Mean(int[] times) => times.Select((count, unit) => (double)count * unit).Sum() / times.Length;
}
