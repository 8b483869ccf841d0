using ClipSharp.Data.Shards;

namespace ClipSharp.Data.Sets;

/// <summary>How much of a set is fetched before it is read, and how much room there is for it.</summary>
/// <param name="Parts">The parts; null for one that is not fetched.</param>
/// <param name="Bytes">Of all that are.</param>
/// <param name="Room">What the cache holds.</param>
internal sealed record FetchedData(IReadOnlyList<CachedShard?> Parts, long Bytes, long Room)
{
    /// <summary>Whether the cache holds all of it.</summary>
    public bool Fits => Bytes <= Room;

    /// <summary>Of a set; null where nothing of it is fetched.</summary>
    public static FetchedData? Of(ISequentialSet set) => set.FetchedParts.OfType<CachedShard>().FirstOrDefault() is { } any
        ? new FetchedData(set.FetchedParts, set.FetchedParts.Sum(part => part?.Length ?? 0), any.Access.CacheLimit)
        : null;

    /// <summary>Bytes of its largest parts.</summary>
    public long Largest(int count) => Parts.Select(part => part?.Length ?? 0).OrderDescending().Take(count).Sum();
}
