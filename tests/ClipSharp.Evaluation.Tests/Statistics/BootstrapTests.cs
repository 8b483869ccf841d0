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

    [Fact]
    public void What_is_drawn_does_not_depend_on_the_threads()
    {
        const int count = 70;
        var drawn = Enumerable.Range(0, Bootstrap.Resamples).Select(resample =>
        {
            var times = new int[count];
            var random = new RandomStream(5, RandomPurpose.Resampling, resample);
            for (var draw = 0; draw < count; draw++)
            {
                times[random.NextInt32(count)]++;
            }

            return Mean(times);
        }).ToList();
        foreach (var threads in new[] { 1, 2, 7 })
        {
            Assert.Equal(drawn, Bootstrap.Values(count, [.. Enumerable.Repeat<Func<int[], double>>(Mean, threads)], 5,
                Bootstrap.Resamples, CancellationToken.None));
        }
    }

    [Fact]
    public void Each_thread_has_a_measure_of_its_own()
    {
        // Prepared measures keep what they add up; one shared by two threads would be wrong now and then.
        var prepared = 0;
        var measures = Bootstrap.ForThreads(() =>
        {
            prepared++;
            var kept = new int[1];
            return _ => kept[0]++;
        });
        Assert.Equal((prepared, prepared), (measures.Length, measures.Distinct().Count()));
    }

    [Fact]
    public void Sets_without_a_number_are_left_out_of_the_interval()
    {
        // A rare class: in every third set or so it does not occur.
        var (low, high) = Bootstrap.Interval(10, times => times[0] == 0 ? double.NaN : 0.25);
        Assert.Equal((0.25, 0.25), (low, high));
        Assert.Equal(double.NaN, Bootstrap.Interval(10, _ => double.NaN).Low);
    }

    private static double Mean(int[] times) => times.Select((count, unit) => (double)count * unit).Sum() / times.Length;
}
