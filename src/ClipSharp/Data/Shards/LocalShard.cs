using ClipSharp.Data.Index;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Shards;

/// <summary>A shard as a plain tar that is open; while it is, the cache keeps it.</summary>
/// <param name="stream">The tar; owned from now on.</param>
/// <param name="file">What an index keeps of it.</param>
internal sealed class LocalShard(SteadyFile stream, SampleFile file) : IDisposable
{
    /// <summary>The tar.</summary>
    public SteadyFile Stream => stream;

    /// <summary>What an index keeps of it.</summary>
    public SampleFile File => file;

    /// <summary>Whether it is what it was when it was opened.</summary>
    public bool IsStill => file.IsStill(stream.Handle);

    /// <summary>Gives it free.</summary>
    public void Dispose() => stream.Dispose();
}
