namespace ClipSharp.Tests.Hub;

/// <summary>What a pull takes and where it lays it, against a server on this machine.</summary>
public sealed class HubClientTests : IDisposable
{
    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_model_comes_in_the_layout_of_huggingface_hub()
    {
        var weights = Bytes(300_000);
        using var hub = new FakeHub("org/clip", ("config.json", "{}"u8.ToArray()), ("model.safetensors", weights));

        var snapshot = await _bench.PullAsync(hub, "org/clip");

        var repo = _bench.Cache["models--org--clip"];
        Assert.Equal(Path.Combine(repo, "snapshots", FakeHub.Commit), snapshot.Path);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(snapshot.Path, "model.safetensors")));
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(repo, "refs", "main")));
        var blob = Assert.Single(Directory.GetFiles(Path.Combine(repo, "blobs")), path => Path.GetFileName(path).Length == 64);
        Assert.Equal($"../../blobs/{Path.GetFileName(blob)}", new FileInfo(Path.Combine(snapshot.Path, "model.safetensors")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(repo, "blobs", FakeHub.GitId("{}"u8.ToArray()))));
    }

    [Fact]
    public async Task A_second_pull_of_a_commit_asks_nothing()
    {
        using var hub = new FakeHub("org/clip", ("config.json", "{}"u8.ToArray()), ("model.safetensors", Bytes(10)));
        await _bench.PullAsync(hub, "org/clip");
        var before = hub.Requests.Count;

        var again = await _bench.PullAsync(hub, $"org/clip@{FakeHub.Commit}");

        Assert.Equal(before, hub.Requests.Count);
        Assert.Equal(0, again.DownloadedBytes);
    }

    private static byte[] Bytes(int count) => HubBench.Bytes(count);
}
