namespace ClipSharp.Data.Shards.Caching;

/// <summary>A store says that nothing is there; never leaves this wing.</summary>
/// <param name="found">How it says so.</param>
internal sealed class MissingShard(string found) : Exception(found);
