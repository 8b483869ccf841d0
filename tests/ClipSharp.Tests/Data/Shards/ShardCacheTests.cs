using System.IO.Compression;
using ClipSharp.Data.Shards;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace ClipSharp.Tests.Data.Shards;

/// <summary>The cache of shards: bounded, shared, whole.</summary>
public sealed class ShardCacheTests : IDisposable
{
    private static readonly int ShardLength = DrawnShards.Of(0).Length;

    private readonly ShardBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_second_run_fetches_nothing()
    {
        var pattern = _bench.Serve(3);
        var first = _bench.Build(pattern);
        var second = _bench.Build(pattern);

        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.Files.Select(file => file.Modified), second.Files.Select(file => file.Modified));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(1, _bench.Server.Begun($"/{i}.tar")));
    }

    [Fact]
    public void A_cache_that_is_smaller_than_the_set_holds_what_it_may_and_says_so()
    {
        var pattern = _bench.Serve(12);
        _bench.Options = _bench.Options with { ShardCacheBytes = 4 * ShardLength };

        var index = _bench.Build(pattern);

        Assert.Equal(36, index.Count);
        Assert.True(_bench.Cached().Length <= 5, $"{_bench.Cached().Length} shards"); // and one that was being brought
        Assert.Contains("the cache holds 47.1 kB of the 141.3 kB of these shards", Assert.Single(index.Notes),
            StringComparison.Ordinal);
        Assert.Equal(_bench.Build(_bench.Store(12)).Fingerprint, index.Fingerprint);
    }

    [Fact]
    public void What_was_not_used_for_longest_goes_and_what_is_read_stays()
    {
        _bench.Serve(4);
        _bench.Options = _bench.Options with { ShardCacheBytes = 2 * ShardLength };
        var access = _bench.Access();
        using var read = access.Open(Url(0));
        access.Open(Url(1)).Dispose();

        access.Open(Url(2)).Dispose();
        access.Open(Url(0)).Dispose();
        Assert.Equal(1, _bench.Server.Begun("/0.tar"));
        access.Open(Url(1)).Dispose();
        Assert.Equal(2, _bench.Server.Begun("/1.tar"));
    }

    [Fact]
    public void A_damaged_shard_of_the_cache_is_fetched_again()
    {
        _bench.Serve(1);
        _bench.Access().Open(Url(0)).Dispose();
        var path = Assert.Single(_bench.Cached());
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.Position = 1000;
            file.WriteByte(0xEE);
        }

        // As another process has it: this one saw the shard written.
        Assert.Equal(DrawnShards.Of(0), ShardBench.Bytes(new ShardAccess(_bench.WithCache).Open(Url(0))));
        Assert.Equal(2, _bench.Server.Begun("/0.tar"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_shard_of_another_length_than_its_note_says_is_fetched_again(int more)
    {
        _bench.Serve(1);
        _bench.Access().Open(Url(0)).Dispose();
        using (var file = new FileStream(Assert.Single(_bench.Cached()), FileMode.Open))
        {
            file.SetLength(file.Length + more);
        }

        Assert.Equal(DrawnShards.Of(0), ShardBench.Bytes(_bench.Access().Open(Url(0))));
    }

    [Fact]
    public async Task Several_that_want_a_shard_at_once_fetch_it_once()
    {
        _bench.Serve(1);
        _bench.Patience = TimeSpan.FromMinutes(1);
        var go = new TaskCompletionSource();
        _bench.Server.Intercept = request =>
        {
            go.Task.Wait(TestContext.Current.CancellationToken);
            return null;
        };

        // Each has an access of its own, as a process has.
        var readers = Enumerable.Range(0, 6).Select(_ => Task.Run(() => ShardBench.Bytes(_bench.Access().Open(Url(0)))))
            .ToArray();
        while (_bench.Server.Requests.Count < 6) // all look at it
        {
            await Task.Yield();
        }

        go.SetResult();
        Assert.All(await Task.WhenAll(readers), bytes => Assert.Equal(DrawnShards.Of(0), bytes));
        Assert.Equal(1, _bench.Server.Begun("/0.tar"));
    }

    [Fact]
    public async Task The_next_shards_come_while_one_is_read()
    {
        _bench.Serve(8);
        _bench.Options = _bench.Options with { ShardCacheBytes = 100 * ShardLength };
        var access = _bench.Access();

        access.Prefetch(Enumerable.Range(0, 8).Select(Url));
        while (_bench.Cached().Length < 4)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal(4, _bench.Cached().Length); // and no more
        Assert.Equal(DrawnShards.Of(2), ShardBench.Bytes(access.Open(Url(2))));
        Assert.Equal(1, _bench.Server.Begun("/2.tar"));
    }

    [Theory]
    [InlineData("gz", ".tar.gz", false)]
    [InlineData("gz", ".tgz", false)]
    [InlineData("gz", ".tar", false)]
    [InlineData("zst", ".tar.zst", false)]
    [InlineData("zst", ".tar", false)]
    [InlineData("gz", ".tar.gz", true)]
    [InlineData("zst", ".tar.zst", true)]
    public void A_packed_set_is_the_plain_one(string packing, string ending, bool isFar)
    {
        for (var i = 0; i < 3; i++)
        {
            var packed = Packed(DrawnShards.Of(i), packing);
            _bench.Server.Files[$"/{i}{ending}"] = packed;
            _bench.Folder.Write($"packed/{i}{ending}", packed);
        }

        var place = isFar ? $"{_bench.Server.Address}" : _bench.Folder["packed/"];
        var index = _bench.Build($"{place}{{0..2}}{ending}");

        Assert.Equal(_bench.Build(_bench.Store(3)).Fingerprint, index.Fingerprint);
        Assert.Equal(3, _bench.Cached().Length);
        Assert.Empty(_bench.Cached(".part"));
        Assert.Equal(3, Enumerable.Range(0, 3).Count(i => File.Exists(_bench.Folder[$"packed/{i}{ending}"])));
    }

    [Fact]
    public void A_plain_file_is_read_where_it_lies()
    {
        _bench.Build(_bench.Store(3));
        Assert.False(Directory.Exists(_bench.Cache));
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_read_to_its_end()
    {
        var plain = DrawnShards.Of(0, pairs: 50);
        byte[] packed = [.. Packed(plain[..5000], "gz"), .. Packed(plain[5000..9000], "gz"), .. Packed(plain[9000..], "gz")];

        Assert.Equal(plain, ShardBench.Bytes(_bench.Access().Open(_bench.Folder.Write("0.tar", packed))));

        _bench.Folder.Write("1.tar", packed[..^5]);
        Assert.Throws<InvalidDataException>(() => _bench.Access().Open(_bench.Folder["1.tar"]));
    }

    [Theory]
    [InlineData("gz", true)]
    [InlineData("gz", false)]
    [InlineData("zst", true)]
    [InlineData("zst", false)]
    public void A_packed_shard_that_is_cut_or_damaged_is_counted_and_nothing_of_it_kept(string packing, bool isCut)
    {
        var packed = Packed(DrawnShards.Of(0, pairs: 200), packing);
        if (isCut)
        {
            packed = packed[..(packed.Length * 2 / 3)];
        }
        else
        {
            packed[packed.Length / 2] ^= 0x55;
        }

        _bench.Folder.Write("0.tar", packed);
        _bench.Folder.Write("1.tar", DrawnShards.Of(1));

        var index = _bench.Build($"{_bench.Folder["0.tar"]}::{_bench.Folder["1.tar"]}");

        Assert.Equal((3, "1 CorruptShard"), (index.Count, index.Skips.ToString()));
        Assert.Contains("its compression is damaged", index.Skips.Losses[0].Detail, StringComparison.Ordinal);
        Assert.Empty(_bench.Cached("*"));
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    public void A_few_bytes_never_unpack_to_a_disk_full(string packing)
    {
        var path = _bench.Folder.Write("0.tar", Packed(new byte[50_000_000], packing));
        _bench.Options = _bench.Options with { ShardCacheBytes = 1_000_000 };

        var refusal = Assert.Throws<ClipException>(() => _bench.Access().Open(path));

        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains("--shard-cache-gigabytes", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Cached("*"));
    }

    [Fact]
    public void A_shard_that_is_larger_than_the_cache_is_refused_before_it_comes()
    {
        _bench.Serve(1);
        _bench.Options = _bench.Options with { ShardCacheBytes = ShardLength - 1 };

        var refusal = Assert.Throws<ClipException>(() => _bench.Access().Open(Url(0)));

        Assert.Contains("/0.tar): found 11.8 kB, expected at most 11.8 kB", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Server.Begun("/0.tar"));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_said()
    {
        _bench.Serve(1);
        _bench.Options = _bench.Options with { ShardCache = _bench.Folder.Write("file", "no folder") };

        var refusal = Assert.Throws<ClipException>(() => _bench.Access().Open(Url(0)));

        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("--shard-cache", refusal.Message, StringComparison.Ordinal);
    }

    private string Url(int shard) => $"{_bench.Server.Address}{shard}.tar";

    private static byte[] Packed(byte[] plain, string packing)
    {
        using var packed = new MemoryStream();
        using (Stream stream = packing == "gz"
            ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : Checked(new CompressionStream(packed, leaveOpen: true)))
        {
            stream.Write(plain);
        }

        return packed.ToArray();

        // As the program zstd writes it.
        static CompressionStream Checked(CompressionStream stream)
        {
            stream.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            return stream;
        }
    }
}
