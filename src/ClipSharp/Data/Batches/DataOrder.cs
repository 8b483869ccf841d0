namespace ClipSharp.Data.Batches;

/// <summary>In which order training meets its samples.</summary>
public enum DataOrder
{
    /// <summary>"auto": <see cref="Shards"/> for shards with more than a million samples, and for those that are fetched into a
    /// cache that does not hold them all; else <see cref="Global"/>. A run keeps what it began with.</summary>
    Auto,

    /// <summary>"global": any sample beside any other; each is read where it lies.</summary>
    Global,

    /// <summary>"shards": shards in random order, many of them at a time, each read from front to back and shuffled within a
    /// window.</summary>
    Shards,
}
