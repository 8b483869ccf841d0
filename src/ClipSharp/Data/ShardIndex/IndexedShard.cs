using ClipSharp.Data.Index;

namespace ClipSharp.Data.ShardIndex;

/// <summary>How an index of a shard came about.</summary>
internal enum ShardIndexOrigin
{
    /// <summary>It was there.</summary>
    Kept,

    /// <summary>There was none.</summary>
    New,

    /// <summary>The one that was there is damaged, of an older version, or of the shard as it was before.</summary>
    Anew,
}

/// <summary>A shard and what is known of it without reading it.</summary>
/// <param name="File">The shard.</param>
/// <param name="Header">The head of its index.</param>
/// <param name="Tail">What was left out, and remarks.</param>
/// <param name="IndexPath">Where its index is kept; null = in memory alone.</param>
/// <param name="Records">The records, where no file keeps them.</param>
/// <param name="Origin">How the index came about.</param>
/// <param name="Fault">Why it could not be kept, or null.</param>
internal sealed record IndexedShard(SampleFile File, ShardIndexHeader Header, ShardIndexTail Tail, string? IndexPath,
    ShardRecord[]? Records, ShardIndexOrigin Origin, string? Fault = null);
