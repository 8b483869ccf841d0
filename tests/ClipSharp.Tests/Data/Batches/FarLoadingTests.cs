using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Sets;
using ClipSharp.Images;
using ClipSharp.Tests.Data.ShardIndex;
using ClipSharp.Tests.Data.Shards;
using ClipSharp.Text;

namespace ClipSharp.Tests.Data.Batches;

/// <summary>Batches of shards on a server that counts what is fetched, through a cache that holds two fifths of them.</summary>
public sealed class FarLoadingTests : IDisposable
{
    private const int Shards = 20, Pairs = 500, BatchSize = 4, Lanes = BatchSize;
    private const int Steps = Shards * Pairs / BatchSize; // of an epoch, more than a window

    private static readonly BpeTokenizer Tokenizer = TokenizerTrainer.Train(["a red car", "a blue boat", "one two three"], 600);

    private readonly ShardBench _bench = new();
    private readonly string[] _near;

    public FarLoadingTests()
    {
        _bench.Patience = TimeSpan.FromSeconds(60); // a request that a busy machine answers late is no second one
        byte[][] pictures = [.. Enumerable.Range(0, 100).Select(i => ColourPictures.Png(i % 3, i))];
        _near = [.. Enumerable.Range(0, Shards).Select(shard =>
        {
            var tar = new TarBuilder();
            for (var i = 0; i < Pairs; i++)
            {
                tar.Pair($"{shard}-{i}", pictures[i % pictures.Length]);
            }

            _bench.Server.Files[$"/{shard}.tar"] = tar.Finish();
            return _bench.Folder.Write($"near/{shard}.tar", _bench.Server.Files[$"/{shard}.tar"]);
        })];
        _bench.Options = _bench.Options with { ShardCacheBytes = 2 * Shards * (long)_bench.Server.Files["/0.tar"].Length / 5 };
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Every_batch_is_that_of_the_disk_and_no_shard_is_fetched_in_vain()
    {
        var near = Hashes(Open(_bench.Folder["near/{0..19}.tar"]), processes: 1);
        var far = Open($"{_bench.Server.Address}{{0..19}}.tar");
        var indexed = Fetched();
        Assert.Equal(Shards, indexed);

        Assert.Equal(near, Hashes(far, processes: 1));
        Assert.InRange(Fetched() - indexed, Shards - 8, Shards + Lanes); // eight may be left of the indexing
        Assert.True(_bench.Cached().Length <= 8 + 4, $"{_bench.Cached().Length}");
    }

    [Fact]
    public void Two_processes_that_share_the_cache_fetch_no_more()
    {
        var near = Hashes(Open(_bench.Folder["near/{0..19}.tar"]), processes: 2);
        var far = Open($"{_bench.Server.Address}{{0..19}}.tar");

        Assert.Equal(near, Hashes(far, processes: 2));
        Assert.InRange(Fetched() - Shards, Shards - 8, Shards + Lanes);
    }

    [Fact]
    public void What_the_cache_cannot_do_is_said_beforehand()
    {
        var far = Open($"{_bench.Server.Address}{{0..19}}.tar");

        Assert.Null(Note(far, DataOrder.Shards));
        Assert.Null(Note(Open(_bench.Folder["near/{0..19}.tar"]), DataOrder.Global));
        Assert.StartsWith("The cache of shards does not hold the data (--shard-cache-gigabytes): found ",
            Note(far, DataOrder.Global), StringComparison.Ordinal);
        Assert.StartsWith("The cache of shards does not hold", Note(far, DataOrder.Shards, isResampled: true),
            StringComparison.Ordinal);
    }

    private ITrainingSet Open(string pattern) => TrainingSets.Open(pattern, _bench.WithCache, _bench.Folder["index"],
        cancel: TestContext.Current.CancellationToken);

    private int Fetched() => Enumerable.Range(0, Shards).Sum(shard => _bench.Server.Begun($"/{shard}.tar"));

    private static string? Note(ITrainingSet set, DataOrder order, bool isResampled = false)
    {
        var plan = new BatchPlan(set, seed: 11, BatchSize, new BatchPlanOptions { Order = order, Resampled = isResampled });
        using var loader = Loader(set, plan, 0, 1);
        return loader.Note;
    }

    // Of an epoch, process by process.
    private static List<string> Hashes(ITrainingSet set, int processes)
    {
        var plan = new BatchPlan(set, seed: 11, BatchSize, new BatchPlanOptions { Order = DataOrder.Shards });
        return [.. Enumerable.Range(0, processes).AsParallel().AsOrdered().WithDegreeOfParallelism(2).SelectMany(rank =>
        {
            using var loader = Loader(set, plan, rank, processes);
            return Enumerable.Range(0, Steps).Select(_ => Next(loader)).ToList();
        })];
    }

    private static string Next(BatchLoader loader)
    {
        var batch = loader.Next(TestContext.Current.CancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(batch.Pixels.Values);
        hash.AppendData(MemoryMarshal.AsBytes<int>(batch.Tokens.Ids));
        hash.AppendData(MemoryMarshal.AsBytes<long>(batch.SampleIds));
        loader.Return(batch);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static BatchLoader Loader(ITrainingSet set, BatchPlan plan, int rank, int processes) => new(set, plan,
        new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), 16), Tokenizer, contextLength: 16,
        new BatchLoaderOptions { Workers = 2, EndStep = Steps, Rank = rank, WorldSize = processes, LocalSize = processes });
}
