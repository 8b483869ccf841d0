using ClipSharp.Data.Batches;
using ClipSharp.Data.Batches.Orders;
using ClipSharp.Tests.Data.Sets;

namespace ClipSharp.Tests.Data.Batches.Orders;

/// <summary>The order for large sets: what it promises of every epoch, and how well it mixes.</summary>
public sealed class LaneOrderTests
{
    private static readonly BatchPlanOptions Shards = new() { Order = DataOrder.Shards };

    public static TheoryData<int, string> Sizes => new()
    {
        { 1, "7" }, { 10, "100 3 57 0 0 41 99" }, { 64, "1000 1000 1000" }, { 100, "999 1 0 700 1300" }, { 257, "0 5000 123 0" },
        { 4096, "20000 100" }, { 9000, "9000" },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void An_epoch_meets_each_sample_once_but_for_less_than_a_batch(int batchSize, string parts)
    {
        var set = Set(parts);
        var plan = new BatchPlan(set, 3, batchSize, Shards);
        Assert.Equal((DataOrder.Shards, set.Count / batchSize), (plan.Order, plan.StepsPerEpoch));
        var orders = new List<List<long>>();
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var met = new List<long>();
            for (var step = epoch * plan.StepsPerEpoch; step < (epoch + 1) * plan.StepsPerEpoch; step++)
            {
                var batch = plan.Batch(step);
                Assert.Equal(batchSize, batch.Length);
                Assert.All(batch, planned => Assert.Equal(epoch, planned.Epoch));
                met.AddRange(batch.Select(planned => planned.Sample));
            }

            Assert.Equal(plan.StepsPerEpoch * batchSize, met.Distinct().Count());
            Assert.All(met, sample => Assert.InRange(sample, 0, set.Count - 1));
            orders.Add(met);
        }

        Assert.NotEqual(orders[0], orders[1]);
        Assert.NotEqual(orders[1], orders[2]);
    }

    [Fact]
    public void A_step_is_a_pure_function_of_data_seed_and_number()
    {
        var set = Set("1000 3000 500 0 2500");
        var (forward, anew) = (new BatchPlan(set, 5, 100, Shards), new BatchPlan(set, 5, 100, Shards));
        var batches = Enumerable.Range(0, 200).Select(k => forward.Batch(k)).ToList();

        for (var k = 199; k >= 0; k -= 7)
        {
            Assert.Equal(batches[k], anew.Batch(k));
            Assert.Equal(batches[k], new BatchPlan(set, 5, 100, Shards).Batch(k));
        }

        Assert.NotEqual(batches[0], new BatchPlan(set, 6, 100, Shards).Batch(0));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void What_is_read_for_a_window_is_what_its_batches_need_and_goes_on_where_the_lane_stopped(int batchSize, string parts)
    {
        var set = Set(parts);
        var plan = new BatchPlan(set, 3, batchSize, Shards);
        var starts = set.PartStarts;
        var (windows, goesOn, jumps) = (0, 0, 0);
        OrderWindow? before = null;
        for (var step = 0L; step < plan.StepsPerEpoch; step += before!.Rows.Length / batchSize)
        {
            var window = plan.WindowOf(step)!;
            Assert.Equal(step, window.FirstStep);
            Assert.Equal(window.Rows.Length, window.Runs.Sum(run => run.Count));
            foreach (var (planned, run) in window.Rows)
            {
                Assert.InRange(planned.Sample, window.Runs[run].First, window.Runs[run].First + window.Runs[run].Count - 1);
            }

            foreach (var run in window.Runs)
            {
                Assert.Contains(Enumerable.Range(0, starts.Count - 1),
                    part => run.First >= starts[part] && run.First + run.Count <= starts[part + 1]);
                var isNext = before?.Runs.Any(last => last.First + last.Count == run.First) ?? true;
                goesOn += isNext || starts.Contains(run.First) ? 1 : 0;
                jumps += isNext || starts.Contains(run.First) ? 0 : 1;
            }

            for (var k = 0; k < window.Rows.Length / batchSize; k++)
            {
                Assert.Equal(plan.Batch(step + k), window.Rows.Skip(k * batchSize).Take(batchSize).Select(row => row.Planned));
            }

            windows++;
            before = window;
        }

        Assert.True(windows >= 1);
        Assert.Equal(0, jumps);
    }

    [Fact]
    public void Rows_of_a_rank_are_those_of_few_parts()
    {
        var plan = new BatchPlan(Set(string.Join(' ', Enumerable.Repeat(1000, 400))), 1, 4096, Shards);

        for (var step = 0; step < 90; step += 11)
        {
            var parts = plan.Batch(step).Select(planned => planned.Sample / 1000).ToList();
            Assert.InRange(parts.Distinct().Count(), 50, 192); // 64 lanes, at most three parts in a window of each
            Assert.InRange(parts[..128].Distinct().Count(), 1, 6); // of 32 ranks each
        }
    }

    [Fact]
    public void Ids_beyond_32_bits_are_samples_like_others()
    {
        var set = new CountedSet([.. Enumerable.Repeat(10_000_000L, 1000)]); // ten thousand million
        var plan = new BatchPlan(set, 1, 32768);

        Assert.Equal(DataOrder.Shards, plan.Order);
        var met = new[] { 0L, 1, 1000, plan.StepsPerEpoch - 1, plan.StepsPerEpoch }.SelectMany(plan.Batch).ToList();
        Assert.Equal(met.Count, met.Distinct().Count());
        Assert.Contains(met, planned => planned.Sample > 9_000_000_000);
        var refusal = Assert.Throws<ClipException>(
            () => new BatchPlan(set, 1, 32768, new BatchPlanOptions { Order = DataOrder.Global }));
        Assert.Contains("at most", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000, DataOrder.Global)]
    [InlineData(1_000_001, DataOrder.Shards)]
    public void Sets_beyond_a_million_are_read_shard_by_shard(long count, DataOrder order) =>
        Assert.Equal(order, new BatchPlan(new CountedSet([count]), 1, 100).Order);

    [Fact]
    public void Every_sample_is_left_over_as_often_as_any_other()
    {
        var plan = new BatchPlan(Set("300 100 150"), 1, 100, Shards);
        var met = new int[550];
        for (var step = 0L; step < 2000 * plan.StepsPerEpoch; step++)
        {
            foreach (var planned in plan.Batch(step))
            {
                met[planned.Sample]++;
            }
        }

        // 500 of 550 a time, 2000 times: 1818 +- 13; the extremes of 550 lie within 4.5 of these.
        Assert.InRange(met.Min(), 1818 - 60, 1818);
        Assert.InRange(met.Max(), 1818, 1818 + 60);
    }

    [Fact]
    public void Samples_come_in_every_batch_of_an_epoch_alike_which_they_do_not_where_nothing_is_shuffled()
    {
        const int Epochs = 1500, BatchSize = 50;
        var set = Set("100 100 100 100 100 100"); // 12 batches an epoch
        var degrees = 600 * 11;
        foreach (var order in new[] { DataOrder.Shards, DataOrder.Global })
        {
            var plan = new BatchPlan(set, 1, BatchSize, new BatchPlanOptions { Order = order });
            Assert.InRange(ChiSquare(plan.Batch), degrees * 0.94, degrees * 1.06); // 3.5 sigma
        }

        Assert.True(ChiSquare(step => [.. Enumerable.Range(0, BatchSize)
            .Select(row => new PlannedSample((step % 12 * BatchSize) + row, step / 12))]) > degrees * 100);

        // How far the counts of (sample, batch of the epoch) are from all alike.
        static double ChiSquare(Func<long, PlannedSample[]> batch)
        {
            var counts = new int[600, 12];
            for (var step = 0L; step < Epochs * 12; step++)
            {
                foreach (var planned in batch(step))
                {
                    counts[planned.Sample, step % 12]++;
                }
            }

            const double Expected = Epochs / 12.0;
            return counts.Cast<int>().Sum(count => (count - Expected) * (count - Expected) / Expected);
        }
    }

    [Fact]
    public void Neighbours_on_the_disk_seldom_share_a_batch()
    {
        var set = Set(string.Join(' ', Enumerable.Repeat(1000, 100)));
        var shuffled = Together(new BatchPlan(set, 1, 256, Shards).Batch);
        var global = Together(new BatchPlan(set, 1, 256, new BatchPlanOptions { Order = DataOrder.Global }).Batch);
        var none = Together(step => [.. Enumerable.Range(0, 256).Select(row => new PlannedSample((step * 256) + row, 0))]);

        Assert.True(none > 0.99, $"{none}");
        Assert.InRange(shuffled, 0.005, 0.06); // 4 rows of a lane in each batch, of 128 in a window: 3 in 127
        Assert.InRange(global, 0, 0.006); // 255 in 99,999

        static double Together(Func<long, PlannedSample[]> batch) => Enumerable.Range(0, 390).Average(step =>
        {
            var samples = batch(step).Select(planned => planned.Sample).ToHashSet();
            return samples.Count(sample => samples.Contains(sample + 1)) / 256.0;
        });
    }

    [Fact]
    public void Equal_captions_are_kept_apart_where_that_can_be_done_and_nobody_is_lost()
    {
        var set = new CountedSet([.. Enumerable.Repeat(500L, 20)], captionHash: sample => (ulong)(sample * 7919 % 2500));
        Assert.InRange(Doubles(new BatchPlan(set, 2, 500, Shards)), 500, 900);

        var apart = new BatchPlan(set, 2, 500, Shards with { AvoidDuplicates = true });

        Assert.InRange(Doubles(apart), 0, 100); // in the last batch of each window those that are left sit together
        Assert.Equal(10_000, Enumerable.Range(0, 20).SelectMany(k => apart.Batch(k)).Distinct().Count());
        Assert.Equal(apart.Batch(17), new BatchPlan(set, 2, 500, Shards with { AvoidDuplicates = true }).Batch(17));
        var window = apart.WindowOf(3)!;
        Assert.All(window.Rows,
            row => Assert.InRange(row.Planned.Sample - window.Runs[row.Run].First, 0, window.Runs[row.Run].Count - 1));

        int Doubles(BatchPlan plan) => Enumerable.Range(0, 20)
            .Sum(k => 500 - plan.Batch(k).Select(planned => set.CaptionHash(planned.Sample)).Distinct().Count());
    }

    [Fact]
    public void Shuffled_pairs_give_everybody_another_ones_captions_for_good()
    {
        var plan = new BatchPlan(Set("70 30 21"), 9, 10, Shards with { ShufflePairs = true });

        var owners = Enumerable.Range(0, 121).Select(sample => plan.CaptionOwner(sample)).ToList();

        Assert.Equal(121, owners.Distinct().Count());
        Assert.DoesNotContain(Enumerable.Range(0, 121), sample => owners[sample] == sample);
    }

    [Fact]
    public void Fewer_samples_than_a_batch_run_on_whatever_the_order()
    {
        var plan = new BatchPlan(Set("2 1"), 0, batchSize: 8, Shards);

        var all = Enumerable.Range(0, 9).SelectMany(k => plan.Batch(k)).ToList();

        Assert.Equal([24, 24, 24], Enumerable.Range(0, 3).Select(s => all.Count(p => p.Sample == s)));
    }

    private static CountedSet Set(string parts) => new([.. parts.Split(' ').Select(long.Parse)]);
}
