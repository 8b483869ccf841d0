namespace ClipSharp.Data.Shards.Caching;

/// <summary>What lies at a place is no longer what was looked at; never leaves this wing.</summary>
internal sealed class ChangedShard() : Exception("the shard changed since it was looked at");
