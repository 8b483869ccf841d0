using System.Text;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Images.Decoding;
using ClipSharp.Tests.Data.Shards;

namespace ClipSharp.Tests.Data.ShardIndex;

/// <summary>Shards of stores by their indexes on the disk: the same set as on the disk, fetched once to be indexed and then only
/// asked whether they are what they were.</summary>
public sealed class FarShardSetTests : IDisposable
{
    private const int Count = 12;

    private readonly ShardBench _bench = new();

    // A request that a busy machine answers late is no second one.
    public FarShardSetTests() => _bench.Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_set_on_a_server_is_the_set_on_the_disk_and_its_second_start_fetches_nothing()
    {
        var pattern = _bench.Serve(Count);
        var near = Open(_bench.Store(Count));

        var far = Open(pattern);

        Assert.Equal((ShardIndexOrigin.New, Count), OriginOf(far));
        Assert.Equal(Told(near), Told(far));
        Assert.Equal(Told(near), Told(far, isByRun: true));
        Assert.Equal(near.Fingerprint, far.Fingerprint);
        Assert.Equal((Count, Count * (long)DrawnShards.Of(0).Length), far.Brought);
        Assert.All(Enumerable.Range(0, Count), shard => Assert.Equal(1, _bench.Server.Begun($"/{shard}.tar")));

        var before = _bench.Server.Requests.Count;
        var again = Open(pattern);

        Assert.Equal((ShardIndexOrigin.Kept, Count), OriginOf(again));
        Assert.Equal(near.Fingerprint, again.Fingerprint);
        Assert.Equal((0, 0), again.Brought);
        Assert.Equal(Enumerable.Repeat("bytes=0-0", Count),
            _bench.Server.Requests.Skip(before).Select(request => request.Headers.GetValueOrDefault("Range")));

        Array.ForEach(_bench.Cached(), File.Delete);
        Assert.Equal(Told(near), Told(again, isByRun: true)); // fetched when it is read
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_bad_server_and_a_small_cache_lose_nothing(long seed)
    {
        var pattern = _bench.Serve(40);
        _bench.Patience = TimeSpan.FromMilliseconds(500);
        _bench.Options = _bench.Options with { ShardCacheBytes = 10 * (long)DrawnShards.Of(0).Length };
        _bench.Server.BeBad(seed);

        var far = Open(pattern);

        Assert.Equal(Told(Open(_bench.Store(40))), Told(far, isByRun: true));
        Assert.Empty(far.Notes);
        Assert.Equal((ShardIndexOrigin.Kept, 40), OriginOf(Open(pattern)));
        Assert.True(_bench.Server.Faults.Count >= 4, string.Join(", ", _bench.Server.Faults));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_shard_that_is_another_one_is_indexed_anew_and_no_other(bool hasTags)
    {
        _bench.Server.HasTags = hasTags;
        var pattern = _bench.Serve(3);
        var before = Open(pattern);

        _bench.Server.Files["/1.tar"] = DrawnShards.Of(7, pairs: 4);
        var after = Open(pattern);

        Assert.Equal([ShardIndexOrigin.Kept, ShardIndexOrigin.Anew, ShardIndexOrigin.Kept],
            after.Shards.Select(shard => shard.Origin));
        Assert.NotEqual(before.Fingerprint, after.Fingerprint);
        Assert.Equal(10, after.Count);
        Array.ForEach(_bench.Cached(), File.Delete);
        using var reader = before.OpenReader();
        Assert.False(reader.TryRead(3, DecodeLimits.Default, out _, out _, out var detail));
        Assert.Contains("changed since it was indexed", detail, StringComparison.Ordinal);
        Assert.Null(before.ReadRun(3, 1));
        Assert.NotNull(before.ReadRun(0, 3));
    }

    [Fact]
    public void What_was_indexed_before_a_stop_is_not_fetched_again()
    {
        var pattern = _bench.Serve(Count);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingSets.Open(pattern, _bench.WithCache, Index,
            progress: progress => Stop(progress.Made), cancel: stop.Token));

        var set = Open(pattern);

        Assert.Equal(3 * Count, set.Count);
        Assert.Contains(set.Shards, shard => shard.Origin == ShardIndexOrigin.Kept);
        Assert.All(Enumerable.Range(0, Count), shard => Assert.Equal(1, _bench.Server.Begun($"/{shard}.tar")));

        void Stop(int made)
        {
            if (made > 0)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void Progress_tells_what_is_read_and_how_long_it_takes()
    {
        var pattern = _bench.Serve(4);
        var told = new List<ShardIndexProgress>();
        TrainingSets.Open(pattern, _bench.WithCache, Index, progress: told.Add, cancel: Cancel);

        Assert.Equal([0, 0, 0, 0, 1, 2, 3, 4], told.Select(progress => progress.Made));
        Assert.Equal("Indexes: 2 of 4 shards looked at, 10 s left", told[1].Describe(TimeSpan.FromSeconds(10)));
        Assert.Equal("Indexing: 2 of 4 shards, 6 samples; read 23.6 kB, 2.4 kB/s, 10 s left",
            told[5].Describe(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Several_that_open_a_set_at_once_fetch_each_shard_once()
    {
        var pattern = _bench.Serve(Count);

        // Each has an access and a cache of its own, as a process has.
        var sets = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(_ => Open(pattern)).ToList();

        Assert.Single(sets.Select(set => set.Fingerprint).Distinct());
        Assert.All(Enumerable.Range(0, Count), shard => Assert.Equal(1, _bench.Server.Begun($"/{shard}.tar")));
    }

    [Fact]
    public void A_shard_that_lacks_or_does_not_come_has_no_index()
    {
        _bench.Serve(2);
        var pattern = $"{_bench.Server.Address}{{0..2}}.tar";
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => Open(pattern)).Kind);

        _bench.Options = _bench.Options with { AllowMissingShards = true, SkipReadErrors = true };
        Assert.Equal("1 MissingShard", Open(pattern).Skips.ToString());
        _bench.Server.Intercept = request => request.Path == "/1.tar" ? new FakeAnswer(500) : null;
        Assert.Equal("1 ReadFailed, 1 MissingShard", Open(pattern).Skips.ToString());

        _bench.Server.Intercept = _ => null;
        _bench.Server.Files["/2.tar"] = DrawnShards.Of(2);
        var whole = Open(pattern);
        Assert.Equal((9, "nothing"), (whole.Count, whole.Skips.ToString()));
        Assert.Equal([ShardIndexOrigin.Kept, ShardIndexOrigin.Kept, ShardIndexOrigin.New],
            whole.Shards.Select(shard => shard.Origin));
    }

    [Fact]
    public void A_shard_that_does_not_come_is_not_waited_for_at_each_of_its_samples()
    {
        var set = Open(_bench.Serve(2, pairs: 20));
        Array.ForEach(_bench.Cached(), File.Delete);
        _bench.Server.Intercept = request => request.Path == "/1.tar" ? new FakeAnswer(500) : null;
        using var reader = set.OpenReader();

        for (var sample = 20; sample < 40; sample++)
        {
            var failure = Assert.Throws<ClipException>(() => reader.TryRead(sample, DecodeLimits.Default, out _, out _, out _));
            Assert.Equal(ClipError.InputOutput, failure.Kind);
        }

        Assert.Equal([1.0, 2, 4, 8, 16], _bench.Waits.Select(wait => wait.TotalSeconds));
        Assert.True(reader.TryRead(0, DecodeLimits.Default, out _, out _, out _));
    }

    [Fact]
    public void No_file_of_the_index_tells_a_secret()
    {
        _bench.Server.Files["/0.tar?key=canary"] = DrawnShards.Of(0);

        Open($"http://me:canary@127.0.0.1:{_bench.Server.Address.Port}/0.tar?key=canary");

        foreach (var file in Directory.GetFiles(Index, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("canary", file + Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_packed_shard_is_unpacked_once()
    {
        var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(DrawnShards.Of(0));
        }

        var path = _bench.Folder.Write("0.tar.gz", packed.ToArray());
        var made = Open(path);
        Array.ForEach(_bench.Cached(), File.Delete);
        var kept = Open(path);

        Assert.Equal((ShardIndexOrigin.Kept, 1), OriginOf(kept));
        Assert.Empty(_bench.Cached());
        Assert.Equal(Told(made), Told(kept, isByRun: true));
    }

    [Fact]
    public void What_a_command_writes_is_indexed_once_and_held_against_its_index_whenever_it_is_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are those of a Unix shell.");
        _bench.Options = _bench.Options with { AllowsCommands = true };
        _bench.Store(1);
        var (shard, runs) = (_bench.Folder["local/0.tar"], _bench.Folder["runs"]);
        var command = $"pipe:echo x >> {runs}; cat {shard}";

        var first = Open(command);
        var second = Open(command);

        Assert.Equal((ShardIndexOrigin.Kept, 1), OriginOf(second));
        Assert.Equal(Told(first), Told(second, isByRun: true));
        Assert.Single(File.ReadLines(runs)); // from the cache, by its hash

        _bench.Folder.Write("local/0.tar", DrawnShards.Of(7));
        Array.ForEach(_bench.Cached(), File.Delete);
        using (var reader = Open(command).OpenReader())
        {
            Assert.False(reader.TryRead(0, DecodeLimits.Default, out _, out _, out var detail));
            Assert.Equal("the shard changed since it was indexed; data index reads it again", detail);
        }

        var verified = Open(command, verify: true);
        Assert.Equal((ShardIndexOrigin.Anew, 1), OriginOf(verified));
        Assert.NotEqual(first.Fingerprint, verified.Fingerprint);
        Assert.Equal(Told(verified).Where(line => !line.StartsWith("The index of", StringComparison.Ordinal)),
            Told(Open(command), isByRun: true));
    }

    [Fact]
    public void What_a_command_broke_off_is_read_again_the_next_time()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are those of a Unix shell.");
        _bench.Options = _bench.Options with { AllowsCommands = true };
        _bench.Store(1);
        var command = $"pipe:head -c 6000 {_bench.Folder["local/0.tar"]} || true";

        Assert.Equal("1 TruncatedShard", Open(command).Skips.ToString());
        Assert.Empty(Directory.Exists(Index) ? Directory.GetFiles(Index, "*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public void Stale_indexes_are_removed_and_others_stay()
    {
        Open(_bench.Store(3));
        var files = Directory.GetFiles(Index, "*.index", SearchOption.AllDirectories).Order().ToArray();
        var old = DateTime.UtcNow - ShardIndexFolder.Stale - TimeSpan.FromDays(1);
        var other = _bench.Folder.Write("index/other.index", "somebody else's");
        var part = files[0] + ".0123456789ab.tmp";
        File.WriteAllText(part, "");
        Array.ForEach([.. files, other, part], file => File.SetLastWriteTimeUtc(file, old));
        Open(_bench.Folder["local/{0..1}.tar"]); // in use again

        var pruned = new ShardIndexFolder(Index, new DataOptions { CaptionLines = true }, SampleNeed.Caption).Prune();

        Assert.Equal(2, pruned.Files);
        Assert.Equal([other, .. files[..2]], Directory.GetFiles(_bench.Folder["index"], "*", SearchOption.AllDirectories)
            .OrderBy(file => file != other).ThenBy(file => file));
        Assert.Equal(9, Open(_bench.Folder["local/{0..2}.tar"]).Count);
    }

    private string Index => _bench.Folder["index"];

    private ShardSet Open(string pattern, bool verify = false)
    {
        var options = _bench.WithCache;
        var (_, paths, missing) = ClipSharp.Data.Sources.SampleSources.Find(pattern, options);
        return ShardSet.Open(paths, missing, options, SampleNeed.Caption, Index, verify, cancel: Cancel);
    }

    private static (ShardIndexOrigin Origin, int Count) OriginOf(ShardSet set) =>
        (Assert.Single(set.Shards.Select(shard => shard.Origin).Distinct()), set.Shards.Count);

    // But for where it lies.
    private static List<string> Told(ShardSet set, bool isByRun = false) => [.. Shards.Told(set, isByRun)
        .Select(line => line[(line.IndexOf(".tar ", StringComparison.Ordinal) + 1)..])];
}
