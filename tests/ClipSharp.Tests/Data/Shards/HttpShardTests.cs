using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;

namespace ClipSharp.Tests.Data.Shards;

/// <summary>Shards on a web server: those of a bad one are those of the disk.</summary>
public sealed class HttpShardTests : IDisposable
{
    private const int Size = 3_000_000;

    private readonly ShardBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_set_on_a_server_is_the_set_on_the_disk()
    {
        var far = _bench.Build(_bench.Serve(5));

        RequireEqual(_bench.Build(_bench.Store(5)), far);
        Assert.Equal("nothing", far.Skips.ToString());
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(1, _bench.Server.Begun($"/{i}.tar")));
        Assert.Equal($"{_bench.Server.Address}0.tar", far.Files[0].Path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_server_that_fails_cuts_and_falls_silent_loses_nothing(long seed)
    {
        var pattern = _bench.Serve(40);
        _bench.Server.BeBad(seed);

        var far = _bench.Build(pattern);

        RequireEqual(_bench.Build(_bench.Store(40)), far);
        Assert.Equal("nothing", far.Skips.ToString());
        Assert.Empty(far.Notes);
        Assert.True(_bench.Server.Faults.Count >= 4, string.Join(", ", _bench.Server.Faults));
    }

    [Fact]
    public void A_cut_answer_is_gone_on_with_where_it_broke()
    {
        var content = Serve();
        var cuts = 3;
        _bench.Server.Intercept = request => IsContent(request) && cuts-- > 0
            ? _bench.Server.Answer(request) with { SendOnly = 500_000 }
            : null;

        Assert.Equal(content, ShardBench.Bytes(_bench.Access().Open(Url)));
        Assert.Equal([0, 500_000, 1_000_000, 1_500_000],
            _bench.Server.Requests.Where(IsContent).Select(request => request.From));
        Assert.All(_bench.Server.Requests.Where(request => request.From > 0),
            request => Assert.StartsWith("\"", request.Headers["If-Range"], StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_killed_process_received_is_gone_on_with()
    {
        var content = Serve();
        _bench.Server.Intercept = request => !IsContent(request) ? null
            : request.From == 0 ? _bench.Server.Answer(request) with { SendOnly = 1_200_000 } : new FakeAnswer(404);
        Assert.Throws<ClipException>(() => _bench.Access().Open(Url));
        Assert.Equal(1_200_000, new FileInfo(Assert.Single(_bench.Cached(".part"))).Length);
        _bench.Server.Intercept = _ => null;

        Assert.Equal(content, ShardBench.Bytes(_bench.Access().Open(Url)));
        Assert.Equal(1_200_000, _bench.Server.Requests[^1].From);
    }

    [Fact]
    public void A_file_that_changes_within_its_delivery_is_never_a_mixture()
    {
        Serve();
        var later = DrawnShards.Of(9, pairs: 1, Size);
        _bench.Server.Intercept = request =>
        {
            if (!IsContent(request) || request.From > 0)
            {
                return null;
            }

            var cut = _bench.Server.Answer(request) with { SendOnly = 700_000 };
            _bench.Server.Files["/0.tar"] = later;
            _bench.Server.Intercept = _ => null;
            return cut;
        };

        Assert.Equal(later, ShardBench.Bytes(_bench.Access().Open(Url)));
    }

    [Fact]
    public void Without_a_proof_of_its_version_a_cut_answer_is_asked_for_anew()
    {
        var content = Serve();
        _bench.Server.HasTags = false;
        var cuts = 2;
        _bench.Server.Intercept = request => IsContent(request) && cuts-- > 0
            ? _bench.Server.Answer(request) with { SendOnly = 500_000 }
            : null;

        Assert.Equal(content, ShardBench.Bytes(_bench.Access().Open(Url)));
        Assert.Equal(3, _bench.Server.Begun("/0.tar"));
    }

    [Fact]
    public void A_server_may_say_when_to_come_again()
    {
        Serve();
        var times = 2;
        _bench.Server.Intercept = _ => times-- > 0 ? new FakeAnswer(503, [], [("Retry-After", "7")]) : null;

        _bench.Access().Open(Url).Dispose();

        Assert.Equal([7.0, 7], _bench.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public void A_server_that_always_fails_stops_the_work_or_costs_the_shard()
    {
        var pattern = _bench.Serve(3);
        _bench.Server.Intercept = request => request.Path == "/1.tar" ? new FakeAnswer(500) : null;

        var refusal = Assert.Throws<ClipException>(() => _bench.Build(pattern));
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("/1.tar): found status 500, 6 times in a row", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([1.0, 2, 4, 8, 16], _bench.Waits.Select(wait => wait.TotalSeconds));

        _bench.Options = _bench.Options with { SkipReadErrors = true };
        var index = _bench.Build(pattern);
        Assert.Equal((6, "1 ReadFailed"), (index.Count, index.Skips.ToString()));
        Assert.Equal("status 500", index.Skips.Losses[0].Detail);
    }

    [Fact]
    public void A_shard_that_lacks_is_refused_or_counted()
    {
        _bench.Serve(2);
        var pattern = $"{_bench.Server.Address}{{0..2}}.tar";

        var refusal = Assert.Throws<ClipException>(() => _bench.Build(pattern));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
        Assert.Contains("/2.tar): found status 404", refusal.Message, StringComparison.Ordinal);

        _bench.Options = _bench.Options with { AllowMissingShards = true };
        Assert.Equal("1 MissingShard", _bench.Build(pattern).Skips.ToString());
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public void What_may_not_be_read_is_said_at_once_and_without_secrets(int status)
    {
        Serve();
        _bench.Server.Intercept = _ => new FakeAnswer(status);
        var url = $"http://me:canary-word@127.0.0.1:{_bench.Server.Address.Port}/0.tar?signature=canary-sign";

        var refusal = Assert.Throws<ClipException>(() => _bench.Access().Open(url));

        Assert.Contains($"found status {status}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refusal.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("Basic ", Assert.Single(_bench.Server.Requests).Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("/0.tar?signature=canary-sign", _bench.Server.Requests[0].Path);
    }

    [Fact]
    public void A_password_stays_with_its_host_and_goes_nowhere_unencrypted()
    {
        using var other = new ShardServer();
        other.Files["/0.tar"] = Serve();
        _bench.Server.Intercept = _ => FakeAnswer.Redirect($"{other.Address}0.tar");

        _bench.Access().Open($"http://me:word@127.0.0.1:{_bench.Server.Address.Port}/0.tar").Dispose();
        Assert.All(_bench.Server.Requests, request => Assert.True(request.Headers.ContainsKey("Authorization")));
        Assert.All(other.Requests, request => Assert.False(request.Headers.ContainsKey("Authorization")));

        Assert.Contains("unencrypted", Assert.Throws<ClipException>(
            () => _bench.Access().Open("http://me:word@example.invalid/0.tar")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_is_another_after_indexing_gives_no_picture()
    {
        var index = _bench.Build(_bench.Serve(1));
        var (file, offset, _) = index.Picture(0);
        Array.ForEach(_bench.Cached(), File.Delete);
        using (var reader = new PictureReader(index))
        {
            Assert.True(reader.TryRead(0, out var bytes, out _)); // fetched again
            Assert.Equal(DrawnShards.Of(0)[(int)offset..((int)offset + bytes.Length)], bytes.ToArray());
        }

        Array.ForEach(_bench.Cached(), File.Delete);
        var other = DrawnShards.Of(0);
        other[(int)offset] ^= 1;
        _bench.Server.Files["/0.tar"] = other;
        using var late = new PictureReader(index);
        Assert.False(late.TryRead(0, out _, out var detail));
        Assert.Equal("the shard changed since it was indexed", detail);
        Assert.NotNull(file.Shard);
    }

    [Fact]
    public void A_short_length_is_never_taken_for_the_whole()
    {
        var content = Serve();
        // Chunks end well, but say nothing of the length that was promised before.
        byte[] chunk = [.. "100000\r\n"u8, .. content[..0x100000], .. "\r\n0\r\n\r\n"u8];
        _bench.Server.Intercept = request => IsContent(request)
            ? new FakeAnswer(200, chunk, [("Transfer-Encoding", "chunked"), ("ETag", Tag())])
            : null;

        Assert.Contains("6 times in a row", Assert.Throws<ClipException>(() => _bench.Access().Open(Url)).Message,
            StringComparison.Ordinal);
    }

    private string Url => $"{_bench.Server.Address}0.tar";

    private byte[] Serve() => _bench.Server.Files["/0.tar"] = DrawnShards.Of(0, pairs: 1, Size);

    private string Tag() =>
        _bench.Server.Answer(new FakeRequest("GET", "/0.tar", new Dictionary<string, string>())).Headers![0].Value;

    private static bool IsContent(FakeRequest request) => request.Headers.GetValueOrDefault("Range") != "bytes=0-0";

    private static void RequireEqual(SampleIndex expected, SampleIndex found)
    {
        Assert.Equal(expected.Fingerprint, found.Fingerprint);
        using var here = new PictureReader(expected);
        using var there = new PictureReader(found);
        for (var sample = 0; sample < expected.Count; sample++)
        {
            Assert.True(here.TryRead(sample, out var bytes, out _));
            Assert.True(there.TryRead(sample, out var fetched, out var detail), detail);
            Assert.True(bytes.SequenceEqual(fetched));
        }
    }
}
