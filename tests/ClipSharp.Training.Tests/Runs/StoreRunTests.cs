using Amazon.Runtime;
using ClipSharp.Data.Batches;
using ClipSharp.Data.S3;
using ClipSharp.Data.Shards;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.Transfer;

namespace ClipSharp.Training.Tests.Runs;

/// <summary>Runs whose shards lie behind a server that fails one request of ten, cuts and falls silent: they lose nothing, and
/// end in the weights of a run from the disk, bit for bit.</summary>
public sealed class StoreRunTests : IDisposable
{
    private const int Shards = 8;

    private readonly TinyRun _tiny = new();
    private readonly FakeS3 _s3 = new();
    private readonly ShardServer _web = new();

    public StoreRunTests()
    {
        TransferTrial.Current = new TransferTrial((_, cancel) => Task.Delay(1, cancel), TimeSpan.FromMilliseconds(300));
        ShardStores.Add(new S3Store(name => name == "AWS_ENDPOINT_URL" ? _s3.Address.ToString() : null,
            new BasicAWSCredentials(FakeS3.AccessKey, FakeS3.SecretKey)));
        CorpusIntoShards();
    }

    public void Dispose()
    {
        _web.Dispose();
        _s3.Dispose();
        _tiny.Dispose();
    }

    [Theory]
    [InlineData(false, 100, DataOrder.Auto)]
    [InlineData(true, 100, DataOrder.Auto)]
    [InlineData(false, 3, DataOrder.Global)]
    [InlineData(true, 3, DataOrder.Global)]
    [InlineData(false, 3, DataOrder.Shards)]
    [InlineData(true, 3, DataOrder.Shards)]
    public void A_run_over_a_bad_server_is_the_run_from_the_disk(bool isS3, int shardsInCache, DataOrder order)
    {
        var near = _tiny.Run(Near("near") with { DataOrder = order });
        var nearEvents = Losses();
        _s3.BeBad(4);
        _web.BeBad(5);

        var far = _tiny.Run(Far("far", isS3, shardsInCache) with { DataOrder = order });

        Assert.True(far.Completed);
        Assert.DoesNotContain(_tiny.Warnings, text => text.StartsWith("Left out", StringComparison.Ordinal));
        Assert.Equal(nearEvents, Losses());
        Assert.Equal(TinyRun.Weights(near.Checkpoint!), TinyRun.Weights(far.Checkpoint!));
        Assert.Equal(Checkpoint.ReadState(near.Checkpoint!).Data, Checkpoint.ReadState(far.Checkpoint!).Data);
        var server = isS3 ? _s3 : _web;
        var begun = Enumerable.Range(0, Shards).Sum(i => server.Begun(isS3 ? $"/data/train/{i}.tar" : $"/{i}.tar"));
        Assert.True(order != DataOrder.Global || begun > 3 * Shards, $"{begun} times"); // fetched again and again
        Assert.Equal(shardsInCache < Shards, _tiny.Warnings.Any(text => text.StartsWith("The cache of shards ",
            StringComparison.Ordinal)));
        Assert.NotEmpty(Directory.GetFiles(_tiny.Folder["index"], "*.index", SearchOption.AllDirectories));
        Assert.True(Directory.GetFiles(_tiny.Folder["cache"], "*.tar").Length <= shardsInCache + 3);
        Assert.True(server.Faults.Count >= 3, string.Join(", ", server.Faults));
        Assert.False(File.Exists(_tiny.Folder["logs/far/left-out.jsonl"]));
    }

    [Fact]
    public void The_order_that_the_cache_s_size_chose_is_kept_by_a_resume_with_another_one()
    {
        var small = Far("small", isS3: false, shardsInCache: 3);
        var whole = _tiny.Run(small);
        Assert.Equal(DataOrder.Shards, Checkpoint.ReadState(whole.Checkpoint!).Options.DataOrder);

        _tiny.RunUntil(3, Far("far", isS3: false, shardsInCache: 3));
        var end = _tiny.Run(Far("far", isS3: false, shardsInCache: 100) with { Resume = "latest" });

        Assert.Equal(TinyRun.Weights(whole.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
        var large = _tiny.Run(Far("large", isS3: false, shardsInCache: 100));
        Assert.Equal(DataOrder.Global, Checkpoint.ReadState(large.Checkpoint!).Options.DataOrder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_second_run_asks_the_server_for_no_content(bool isS3)
    {
        var (server, path) = isS3 ? (_s3, "/data/train/") : (_web, "/");
        _tiny.Run(Far("one", isS3, shardsInCache: 100));
        var asked = server.Requests.Count;
        Assert.All(Enumerable.Range(0, Shards), i => Assert.Equal(1, server.Begun($"{path}{i}.tar")));

        _tiny.Run(Far("two", isS3, shardsInCache: 100));

        Assert.All(Enumerable.Range(0, Shards), i => Assert.Equal(1, server.Begun($"{path}{i}.tar")));
        Assert.Equal(asked + Shards, server.Requests.Count); // what each shard is now
    }

    [Theory]
    [InlineData(DataOrder.Global)]
    [InlineData(DataOrder.Shards)]
    public void A_server_that_goes_away_stops_the_run_saved_and_the_resumed_one_ends_in_the_same_weights(DataOrder order)
    {
        var near = _tiny.Run(Near("near") with { DataOrder = order });
        var options = Far("far", isS3: false, shardsInCache: 2) with { DataOrder = order };
        _web.Intercept = _ => File.Exists(_tiny.Folder["logs/far/config.json"]) ? new FakeAnswer(0) : null;

        var refusal = Assert.Throws<ClipException>(() => _tiny.Run(options));
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("--resume latest", refusal.Message, StringComparison.Ordinal);

        _web.Intercept = _ => null;
        var end = _tiny.Run(options with { Resume = "latest" });
        Assert.True(end.Completed);
        Assert.Equal(TinyRun.Weights(near.Checkpoint!), TinyRun.Weights(end.Checkpoint!));
    }

    private TrainOptions Near(string name) =>
        _tiny.Options(name) with { TrainData = _tiny.Folder[$"shards/{{0..{Shards - 1}}}.tar"] };

    private TrainOptions Far(string name, bool isS3, int shardsInCache) => _tiny.Options(name) with
    {
        TrainData = (isS3 ? "s3://data/train/" : _web.Address.ToString()) + $"{{0..{Shards - 1}}}.tar",
        ShardCache = _tiny.Folder["cache"],
        ShardCacheGigabytes = shardsInCache * _web.Files.Values.Max(file => file.Length) / (double)(1L << 30),
    };

    private IEnumerable<double> Losses() =>
        [.. _tiny.Events.OfType<TrainingProgress>().Select(progress => progress.Result.Loss)];

    // The corpus is one shard: a few pairs go into each of several.
    private void CorpusIntoShards()
    {
        using var corpus = File.OpenRead(Directory.GetFiles(_tiny.Folder["corpus/train"], "*.tar").Order().First());
        using var tar = new System.Formats.Tar.TarReader(corpus);
        var members = new List<(string Name, byte[] Data)>();
        while (tar.GetNextEntry() is { } entry)
        {
            using var data = new MemoryStream();
            entry.DataStream?.CopyTo(data);
            members.Add((entry.Name, data.ToArray()));
        }

        Directory.CreateDirectory(_tiny.Folder["shards"]);
        foreach (var (number, pairs) in members.GroupBy(member => Path.GetFileNameWithoutExtension(member.Name))
            .Chunk(40 / Shards).Index())
        {
            var shard = pairs.SelectMany(pair => pair)
                .Aggregate(new TarBuilder(), (built, member) => built.Add(member.Name, member.Data)).Finish();
            _web.Files[$"/{number}.tar"] = _s3.Files[$"/data/train/{number}.tar"] = shard;
            using var file = File.Create(_tiny.Folder[$"shards/{number}.tar"]);
            file.Write(shard);
        }
    }
}
