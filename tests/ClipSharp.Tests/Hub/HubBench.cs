using ClipSharp.Hub;
using ClipSharp.Hub.Cache;
using ClipSharp.Hub.Transfer;

namespace ClipSharp.Tests.Hub;

/// <summary>A cache of its own and a client whose waiting takes no time.</summary>
internal sealed class HubBench : IDisposable
{
    public TemporaryFolder Cache { get; } = new();

    /// <summary>How long the client was told to wait, in order; waits for locks aside.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public string? Token { get; set; }

    public bool IsOffline { get; set; }

    public bool UsesLinks { get; set; } = true;

    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    public static byte[] Bytes(int count)
    {
        var random = new RandomStream(1, RandomPurpose.Synthesis, count);
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = (byte)random.NextInt32(256);
        }

        return bytes;
    }

    /// <summary>Demands a refusal of a kind whose message holds these words.</summary>
    public static async Task<ClipException> Refused(ClipError kind, string words, Task pull)
    {
        var refusal = await Assert.ThrowsAsync<ClipException>(() => pull);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(kind, refusal.Kind);
        return refusal;
    }

    public HubOptions Options(FakeHub hub) => new()
    {
        Endpoint = hub.Address,
        Token = Token,
        CacheFolder = Cache.Path,
        IsOffline = IsOffline,
        UsesLinks = UsesLinks,
    };

    public async Task<HubSnapshot> PullAsync(FakeHub hub, string repo, RepoType type = RepoType.Model,
        HubSelection? selection = null,
        IProgress<HubProgress>? progress = null, CancellationToken? cancel = null)
    {
        using var client = new HubClient(Options(hub), WaitAsync, Patience);
        return await client.PullAsync(HubRepo.Parse(repo, type), selection, progress,
            cancel ?? TestContext.Current.CancellationToken);
    }

    public void Dispose() => Cache.Dispose();

    private Task WaitAsync(TimeSpan time, CancellationToken cancel)
    {
        lock (Waits)
        {
            Waits.Add(time);
        }

        return Task.Delay(1, cancel);
    }
}
