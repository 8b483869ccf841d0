namespace ClipSharp.Data.ShardIndex;

/// <summary>Which shard a sample is in, and where there. Thread-safe.</summary>
/// <param name="shards">All shards in their order.</param>
/// <param name="records">Their records.</param>
internal sealed class ShardPlaces(IReadOnlyList<IndexedShard> shards, RecordCache records)
{
    /// <summary>The first sample of each shard, and N at the end.</summary>
    public long[] Starts { get; } = StartsOf(shards);

    /// <summary>The shard of a sample.</summary>
    public int ShardOf(long sample)
    {
        var place = Array.BinarySearch(Starts, sample);
        var shard = place < 0 ? ~place - 1 : place;
        while (Starts[shard + 1] == sample)
        {
            shard++; // an empty one begins where the next one does
        }

        return shard;
    }

    /// <summary>The records of some samples of one shard; none where the shard is no longer what it was.</summary>
    public ReadOnlySpan<ShardRecord> Records(int shard, long first, int count) =>
        records.Of(shard) is { Length: > 0 } found ? found.AsSpan((int)(first - Starts[shard]), count) : default;

    /// <summary>The record of a sample, and its shard; null where the shard is no longer what it was.</summary>
    public (IndexedShard Shard, ShardRecord? Record) Of(long sample)
    {
        var shard = ShardOf(sample);
        return (shards[shard], Records(shard, sample, 1) is [var record] ? record : null);
    }

    private static long[] StartsOf(IReadOnlyList<IndexedShard> shards)
    {
        var starts = new long[shards.Count + 1];
        for (var shard = 0; shard < shards.Count; shard++)
        {
            starts[shard + 1] = starts[shard] + shards[shard].Header.Samples;
        }

        return starts;
    }
}
