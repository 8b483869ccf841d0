using ClipSharp.Data.Batches;
using ClipSharp.Tests.Data.Sets;

namespace ClipSharp.Tests.Data.Batches.Orders;

/// <summary>Samples drawn with replacement, by weights of their sources.</summary>
public sealed class ResamplingTests
{
    public static TheoryData<DataOrder> Orders => [DataOrder.Global, DataOrder.Shards];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Each_sample_is_drawn_as_often_as_the_factor_of_its_source_says(DataOrder order)
    {
        // Three sources of two parts, two and one: 60, 50 and 40 samples.
        var set = new CountedSet([40, 20, 30, 20, 0, 40], [2, 2, 2]);
        var plan = Plan(set, order, [1, 2, 0.5]);
        var counts = new int[150];
        foreach (var planned in Enumerable.Range(0, 20_000).SelectMany(step => plan.Batch(step)))
        {
            counts[planned.Sample]++;
        }

        var unit = 20_000 * 20 / ((60 * 1) + (50 * 2) + (40 * 0.5)); // 2,222
        double[] shares = [counts[..60].Average() / unit, counts[60..110].Average() / unit, counts[110..].Average() / unit];
        var off = order == DataOrder.Global ? 0.03 : 0.1; // lanes draw 64 neighbours at a time: 6,250 draws, not 400,000
        Assert.InRange(shares[0], 1 - off, 1 + off);
        Assert.InRange(shares[1], 2 - (2 * off), 2 + (2 * off));
        Assert.InRange(shares[2], 0.5 - off, 0.5 + off);
        foreach (var (source, range) in new[] { 0..60, 60..110, 110..150 }.Index())
        {
            var mean = shares[source] * unit;
            Assert.InRange(counts[range].Min(), mean - (6 * Spread(order, mean)), mean);
            Assert.InRange(counts[range].Max(), mean, mean + (6 * Spread(order, mean)));
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_factor_of_0_is_never_and_a_step_is_a_pure_function(DataOrder order)
    {
        var set = new CountedSet([1000, 1000, 1000], [1, 1, 1]);
        var (forward, anew) = (Plan(set, order, [1, 0, 1]), Plan(set, order, [1, 0, 1]));
        var batches = Enumerable.Range(0, 500).Select(k => forward.Batch(k)).ToList();

        Assert.DoesNotContain(batches.SelectMany(batch => batch), planned => planned.Sample is >= 1000 and < 2000);
        for (var k = 499; k >= 0; k -= 13)
        {
            Assert.Equal(batches[k], anew.Batch(k));
        }

        Assert.NotEqual(batches[0], batches[1]);
        var all = batches.SelectMany(batch => batch).ToList();
        Assert.Equal(all.Count, all.Distinct().Count()); // what keys random choices never repeats
        Assert.True(all.Count > all.Select(planned => planned.Sample).Distinct().Count());
    }

    [Fact]
    public void A_set_smaller_than_a_batch_is_drawn_from_as_well()
    {
        var plan = Plan(new CountedSet([3]), DataOrder.Shards, []);

        Assert.All(plan.Batch(7), planned => Assert.InRange(planned.Sample, 0, 2));
    }

    [Fact]
    public void As_many_factors_as_sources()
    {
        var refusal = Assert.Throws<ClipException>(() => Plan(new CountedSet([3, 4], [1, 1]), DataOrder.Global, [1, 2, 3]));

        Assert.Contains("found 3 for 2 sources", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--train-data-upsampling-factors", refusal.Message, StringComparison.Ordinal);
    }

    // A piece of 64 goes through a part of fewer samples more than once.
    private static double Spread(DataOrder order, double mean) => Math.Sqrt(mean) * (order == DataOrder.Global ? 1 : 2.5);

    private static BatchPlan Plan(CountedSet set, DataOrder order, double[] factors) =>
        new(set, 4, 20, new BatchPlanOptions { Order = order, Resampled = true, SourceFactors = factors });
}
