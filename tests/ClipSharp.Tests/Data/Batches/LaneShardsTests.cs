using ClipSharp.Data.Batches;
using ClipSharp.Tests.Data.Sets;
using ClipSharp.Tests.Data.Shards;

namespace ClipSharp.Tests.Data.Batches;

/// <summary>How often the lanes of an epoch have shards fetched, at a server that counts.</summary>
public sealed class LaneShardsTests : IDisposable
{
    private const int Parts = 40, SamplesOfPart = 10_000, BatchSize = 8;
    private const int Lanes = BatchSize;
    private const long StepsOfEpoch = (long)Parts * SamplesOfPart / BatchSize;

    private readonly ShardBench _bench = new();

    public LaneShardsTests()
    {
        _bench.Patience = TimeSpan.FromSeconds(60); // a request that a busy machine answers late is no second one
        _bench.Serve(Parts);
    }

    // What was begun may still write into the folder.
    public void Dispose()
    {
        _bench.Server.Dispose();
        WaitUntil(() =>
        {
            try
            {
                _bench.Folder.Dispose();
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_cache_of_two_fifths_has_each_shard_fetched_about_once_an_epoch(int processes)
    {
        var set = Set(shardsInCache: 2 * Parts / 5);
        var plan = Plan(set);

        var notes = Read(set, plan, processes, epochs: 3);

        Assert.All(notes, Assert.Null);
        var fetched = Fetched();
        Assert.InRange(fetched, 2 * Parts, 3 * (Parts + Lanes)); // what a cache keeps from epoch to epoch is not fetched again
        Assert.True(_bench.Cached().Length <= (2 * Parts / 5) + 4, $"{_bench.Cached().Length}");
    }

    [Fact]
    public void A_cache_with_less_than_a_shard_for_each_lane_is_said()
    {
        var set = Set(shardsInCache: 3);

        var note = Assert.Single(Read(set, Plan(set), processes: 1, epochs: 1, steps: StepsOfEpoch / 10));

        Assert.StartsWith("The cache of shards is too small for the order of shards (--shard-cache-gigabytes): found 35.3 kB, "
            + "expected 94.2 kB, a shard for each of 8 lanes", note, StringComparison.Ordinal);
        Assert.True(_bench.Cached().Length <= 3 + 4 + 1, $"{_bench.Cached().Length}");
    }

    [Fact]
    public void What_is_wanted_after_the_last_step_is_not_fetched()
    {
        var set = Set(shardsInCache: 100);

        Read(set, Plan(set), processes: 1, epochs: 1, steps: 10);

        Assert.InRange(Fetched(), Lanes, Lanes + 1); // a lane may begin where a shard ends
    }

    [Fact]
    public void Shards_that_lanes_read_next_are_open_and_what_is_read_is_not()
    {
        var set = Set(shardsInCache: Parts);
        var plan = Plan(set);
        var runs = plan.RunsOf(0)!;
        string[] wanted = [.. runs.Runs.Select(run => set.FetchedParts[PartOf(run.First)]!.Key).Distinct()
            .Select(key => Path.Combine(_bench.Cache, key + ".tar"))];
        using var shards = LaneShards.Of(set, plan, 0..BatchSize, (0, runs.Steps), sharers: 1)!;

        shards.Begin(0);
        WaitUntil(() => wanted.All(File.Exists));
        WaitUntil(() => wanted.All(IsOpen));

        for (var run = 0; run < runs.Runs.Count; run++)
        {
            shards.Read(0, run);
        }

        WaitUntil(() => !wanted.Any(IsOpen));
        Assert.Equal(wanted.Order(), _bench.Cached().Order());

        static bool IsOpen(string path)
        {
            try
            {
                File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void A_set_that_the_cache_does_not_hold_is_read_in_the_order_of_shards()
    {
        Assert.Equal(DataOrder.Shards, Order(Set(shardsInCache: Parts - 1)));
        Assert.Equal(DataOrder.Global, Order(Set(shardsInCache: Parts)));
        Assert.Equal(DataOrder.Global, Order(new CountedSet([.. Enumerable.Repeat(10L, Parts)])));

        static DataOrder Order(CountedSet set) => new BatchPlan(set, seed: 3, BatchSize).Order;
    }

    // What each process says beforehand; all read step after step as fast as they can.
    private static List<string?> Read(CountedSet set, BatchPlan plan, int processes, int epochs, long? steps = null)
    {
        var end = steps ?? (epochs * StepsOfEpoch);
        var size = BatchSize / processes;
        return [.. Enumerable.Range(0, processes).AsParallel().WithDegreeOfParallelism(Math.Max(2, processes)).Select(rank =>
        {
            var rows = (rank * size)..((rank + 1) * size);
            using var shards = LaneShards.Of(set, plan, rows, (0, end), processes)!;
            using var ahead = new ReadAhead(set, plan, rows, mostBytes: 1 << 20, end, shards);
            for (var step = 0L; step < end; step++)
            {
                foreach (var run in ahead.For(step))
                {
                    run!.Wait();
                    run.Release();
                }
            }

            return shards.Note;
        })];
    }

    // Fewer samples than their shards say: none of them is read here.
    private CountedSet Set(int shardsInCache)
    {
        _bench.Options = _bench.Options with { ShardCacheBytes = shardsInCache * (long)DrawnShards.Of(0).Length };
        var access = _bench.Access();
        var parts = Enumerable.Range(0, Parts).Select(number =>
        {
            using var shard = access.Open($"{_bench.Server.Address}{number}.tar");
            return shard.File.Shard;
        }).ToList();
        Array.ForEach(_bench.Cached(), File.Delete);
        _before = 0;
        _before = Fetched();
        return new CountedSet([.. Enumerable.Repeat((long)SamplesOfPart, Parts)]) { FetchedParts = parts };
    }

    private int _before;

    private int Fetched() => Enumerable.Range(0, Parts).Sum(number => _bench.Server.Begun($"/{number}.tar")) - _before;

    private static BatchPlan Plan(CountedSet set) =>
        new(set, seed: 3, BatchSize, new BatchPlanOptions { Order = DataOrder.Shards });

    private static int PartOf(long sample) => (int)(sample / SamplesOfPart);

    private static void WaitUntil(Func<bool> holds) =>
        Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromSeconds(30)), "it does not come");
}
