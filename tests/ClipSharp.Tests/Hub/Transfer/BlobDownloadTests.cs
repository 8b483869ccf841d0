using System.Text.Json.Nodes;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;
using ClipSharp.Hub.Transfer;

namespace ClipSharp.Tests.Hub.Transfer;

/// <summary>Files that come in pieces, wrong, or twice.</summary>
public sealed class BlobDownloadTests : IDisposable
{
    private const int Size = 3_000_000;
    private const string Weights = "model.safetensors";
    private static readonly byte[] Content = HubBench.Bytes(Size);

    private readonly HubBench _bench = new();
    private readonly FakeHub _hub = new("org/clip", (Weights, Content));

    public void Dispose()
    {
        _hub.Dispose();
        _bench.Dispose();
    }

    private string Blobs => _bench.Cache[Path.Combine("models--org--clip", "blobs")];

    private string SnapshotFile => _bench.Cache[Path.Combine("models--org--clip", "snapshots", FakeHub.Commit, Weights)];

    [Fact]
    public async Task A_dropped_connection_is_taken_up_where_it_broke()
    {
        Drop(times: 3, after: 500_000);

        var snapshot = await Pull();

        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
        Assert.Equal([0, 500_000, 1_000_000, 1_500_000], _hub.RequestsFor(Weights).Select(request => request.From));
        Assert.Equal(Size, snapshot.DownloadedBytes);
        Assert.Equal([1.0, 2, 1], _bench.Waits.Select(wait => wait.TotalSeconds)); // a megabyte since: a first fault again
    }

    [Fact]
    public async Task A_connection_that_always_breaks_is_given_up_and_its_part_kept()
    {
        Drop(times: int.MaxValue, after: 1000);

        await HubBench.Refused(ClipError.Unavailable, "6 times in a row", Pull());

        Assert.Equal(6, _hub.RequestsFor(Weights).Count);
        Assert.Equal(6000, new FileInfo(Assert.Single(Directory.GetFiles(Blobs))).Length);
        Assert.False(File.Exists(SnapshotFile));
    }

    [Fact]
    public async Task A_part_of_an_earlier_run_is_gone_on_with()
    {
        KeepPart(Content[..2_000_000]);

        var snapshot = await Pull();

        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
        Assert.Equal(2_000_000, Assert.Single(_hub.RequestsFor(Weights)).From);
        Assert.Equal(1_000_000, snapshot.DownloadedBytes);
    }

    [Fact]
    public async Task A_part_that_is_whole_needs_no_request()
    {
        KeepPart(Content);
        await Pull();
        Assert.Empty(_hub.RequestsFor(Weights));
        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
    }

    [Fact]
    public async Task A_server_without_ranges_begins_anew()
    {
        KeepPart(Content[..2_000_000]);
        _hub.Intercept = request => IsContent(request) ? new FakeAnswer(200, Content) : null;

        var snapshot = await Pull();

        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
        Assert.Equal(Size, snapshot.DownloadedBytes);
    }

    [Fact]
    public async Task A_range_that_begins_elsewhere_is_not_appended()
    {
        KeepPart(Content[..2_000_000]);
        _hub.Intercept = request => IsContent(request) && request.From > 0
            ? new FakeAnswer(206, Content[1000..], [("Content-Range", $"bytes 1000-{Size - 1}/{Size}")])
            : null;

        await Pull();

        Assert.Equal([2_000_000, 0], _hub.RequestsFor(Weights).Select(request => request.From));
        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
    }

    [Fact]
    public async Task A_part_longer_than_the_file_is_thrown_away()
    {
        KeepPart([.. Content, 1, 2, 3]);
        await Pull();
        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_bytes_of_the_right_length_are_refused_and_removed(bool isLarge)
    {
        var name = isLarge ? Weights : "config.json";
        _hub.Files["config.json"] = "{}"u8.ToArray();
        byte[] wrong = [.. _hub.Files[name]];
        wrong[^1] ^= 1;
        _hub.Intercept = request =>
            request.Path.EndsWith("/" + name, StringComparison.Ordinal) ? new FakeAnswer(200, wrong) : null;

        await HubBench.Refused(ClipError.Data, "not what the hub's list says",
            _bench.PullAsync(_hub, "org/clip", selection: new HubSelection { Include = [name] }));

        Assert.Empty(Directory.GetFiles(Blobs));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(SnapshotFile)!, name)));
    }

    [Fact]
    public async Task A_damaged_part_of_an_earlier_run_is_found_out()
    {
        byte[] damaged = [.. Content[..2_000_000]];
        damaged[7] ^= 1;
        KeepPart(damaged);

        await HubBench.Refused(ClipError.Data, "pull again", Pull());
        await Pull();

        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_content_of_another_length_is_refused_and_removed(int more)
    {
        byte[] other = more < 0 ? Content[..^1] : [.. Content, 0];
        _hub.Intercept = request => IsContent(request) ? new FakeAnswer(200, other) : null;

        await HubBench.Refused(ClipError.Data, "another length", Pull());

        Assert.Empty(Directory.GetFiles(Blobs));
        Assert.Single(_hub.RequestsFor(Weights));
    }

    [Fact]
    public async Task A_content_that_does_not_end_is_cut_off()
    {
        byte[] chunk = [.. "300000\r\n"u8, .. new byte[0x300000], .. "\r\n"u8];
        _hub.Intercept = request => IsContent(request)
            ? new FakeAnswer(200, [.. chunk, .. chunk], [("Transfer-Encoding", "chunked")])
            : null;

        await HubBench.Refused(ClipError.Data, $"more than {Size} bytes", Pull());

        Assert.Empty(Directory.GetFiles(Blobs));
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_once()
    {
        var both = new TaskCompletionSource();
        _hub.Intercept = request =>
        {
            if (IsContent(request))
            {
                both.Task.Wait(TestContext.Current.CancellationToken); // nobody has it until both want it
            }

            return null;
        };
        var first = Task.Run(Pull);
        while (_hub.RequestsFor(Weights).Count == 0)
        {
            await Task.Yield();
        }

        var waits = new WaitsForOther(both);
        var second = _bench.PullAsync(_hub, "org/clip", progress: waits);
        var (one, two) = (await first, await second);

        Assert.True(waits.HasWaited);
        Assert.Single(_hub.RequestsFor(Weights));
        Assert.Equal(Size, one.DownloadedBytes + two.DownloadedBytes);
        Assert.Equal(one.Path, two.Path);
        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
    }

    [Fact]
    public async Task A_cancelled_pull_is_gone_on_with_by_the_next()
    {
        using var stop = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        _hub.Intercept = request => IsContent(request) && request.From == 0
            ? new FakeAnswer(200, Content, SendOnly: 1_000_000, Hold: release.Task)
            : null;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.PullAsync(_hub, "org/clip",
            progress: new CancelsAt(1_000_000, stop), cancel: stop.Token));
        Assert.False(File.Exists(SnapshotFile));
        var snapshot = await Pull();

        Assert.Equal([0, 1_000_000], _hub.RequestsFor(Weights).Select(request => request.From));
        Assert.Equal(2_000_000, snapshot.DownloadedBytes);
        Assert.Equal(Content, File.ReadAllBytes(SnapshotFile));
        release.SetResult();
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_again()
    {
        _bench.Patience = TimeSpan.FromSeconds(1);
        var release = new TaskCompletionSource();
        _hub.Intercept = request => IsContent(request) && request.From == 0
            ? new FakeAnswer(200, Content, SendOnly: 1000, Hold: release.Task)
            : null;

        await Pull();

        Assert.Equal([0, 1000], _hub.RequestsFor(Weights).Select(request => request.From));
        release.SetResult();
    }

    [Fact]
    public async Task A_content_that_two_names_share_is_fetched_once()
    {
        _hub.Files["copy.safetensors"] = Content;
        var snapshot = await _bench.PullAsync(_hub, "org/clip", selection: new HubSelection { Include = ["*"] });
        Assert.Equal(Size, snapshot.DownloadedBytes);
        Assert.Equal(Content, File.ReadAllBytes(Path.Combine(snapshot.Path, "copy.safetensors")));
    }

    [Fact]
    public async Task An_empty_file_needs_no_request()
    {
        _hub.Files["empty.txt"] = [];
        var snapshot = await _bench.PullAsync(_hub, "org/clip", selection: new HubSelection { Include = ["empty.txt"] });
        Assert.Empty(File.ReadAllBytes(Path.Combine(snapshot.Path, "empty.txt")));
    }

    private Task<HubSnapshot> Pull() => _bench.PullAsync(_hub, "org/clip");

    private static bool IsContent(FakeRequest request) => request.Path.Contains("/resolve/", StringComparison.Ordinal);

    private void Drop(int times, int after)
    {
        var left = times;
        _hub.Intercept = request => IsContent(request) && left-- > 0 ? _hub.Answer(request) with { SendOnly = after } : null;
    }

    private void KeepPart(byte[] part)
    {
        Directory.CreateDirectory(Blobs);
        var sha256 = (string)((JsonObject)_hub.Tree()[0]!)["lfs"]!["oid"]!;
        using var file = File.Create(Path.Combine(Blobs, sha256 + ".incomplete"));
        file.Write(part);
    }

    private sealed class WaitsForOther(TaskCompletionSource go) : IProgress<HubProgress>
    {
        public bool HasWaited { get; private set; }

        public void Report(HubProgress value)
        {
            HasWaited |= value.IsWaiting;
            go.TrySetResult();
        }
    }

    private sealed class CancelsAt(long bytes, CancellationTokenSource stop) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.DoneBytes >= bytes)
            {
                stop.Cancel();
            }
        }
    }
}
