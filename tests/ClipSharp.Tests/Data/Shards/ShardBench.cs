using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Transfer;

namespace ClipSharp.Tests.Data.Shards;

/// <summary>A server, a cache and a clock that takes no time.</summary>
internal sealed class ShardBench : IDisposable
{
    public ShardBench() => Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the server may be silent, for what begins after it is set.</summary>
    public TimeSpan Patience { set => TransferTrial.Current = new TransferTrial(WaitAsync, value); }

    public TemporaryFolder Folder { get; } = new();

    public ShardServer Server { get; } = new();

    /// <summary>How long was waited, in order; for locks too.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public DataOptions Options { get; set; } = new();

    public string Cache => Folder["cache"];

    /// <summary>Shards 0.tar, ... on the server.</summary>
    public string Serve(int shards, int pairs = 3)
    {
        for (var number = 0; number < shards; number++)
        {
            Server.Files[$"/{number}.tar"] = DrawnShards.Of(number, pairs);
        }

        return $"{Server.Address}{{0..{shards - 1}}}.tar";
    }

    /// <summary>The same shards on the disk.</summary>
    public string Store(int shards, int pairs = 3)
    {
        for (var number = 0; number < shards; number++)
        {
            Folder.Write($"local/{number}.tar", DrawnShards.Of(number, pairs));
        }

        return Folder[$"local/{{0..{shards - 1}}}.tar"];
    }

    public DataOptions WithCache => Options with { ShardCache = Options.ShardCache ?? Cache };

    public SampleIndex Build(string pattern) => Indexing.Build(pattern, WithCache);

    public ShardAccess Access() => new(WithCache);

    public static byte[] Bytes(LocalShard shard)
    {
        using (shard)
        {
            var bytes = new byte[shard.Stream.Length];
            shard.Stream.ReadExactly(bytes);
            return bytes;
        }
    }

    public string[] Cached(string ending = ".tar") => Directory.Exists(Cache) ? Directory.GetFiles(Cache, "*" + ending) : [];

    public void Dispose()
    {
        Server.Dispose();
        Folder.Dispose();
    }

    private Task WaitAsync(TimeSpan time, CancellationToken cancel)
    {
        lock (Waits)
        {
            Waits.Add(time);
        }

        return Task.Delay(1, cancel);
    }
}
