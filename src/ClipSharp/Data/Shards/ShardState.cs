namespace ClipSharp.Data.Shards;

/// <summary>What a store says of a shard without delivering it.</summary>
/// <param name="Length">Bytes; null = it does not know.</param>
/// <param name="Version">What changes with the content, such as an ETag; null = nothing does, and the content is kept for one
/// process only.</param>
/// <param name="Modified">Time of the last change, UTC; null = it does not know.</param>
public sealed record ShardState(long? Length, string? Version, DateTime? Modified);
