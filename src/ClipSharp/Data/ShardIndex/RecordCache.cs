namespace ClipSharp.Data.ShardIndex;

/// <summary>The records of the shards used last, within a bound: an order of shards needs those of a few dozen at a time, and all
/// of a small set fit. Thread-safe.</summary>
/// <param name="shards">All shards.</param>
/// <param name="indexer">Makes an index anew that is found damaged.</param>
internal sealed class RecordCache(IReadOnlyList<IndexedShard> shards, ShardIndexer indexer)
{
    private const long MostBytes = 256L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, LinkedListNode<(int Shard, ShardRecord[] Records)>> _found = [];
    private readonly LinkedList<(int Shard, ShardRecord[] Records)> _used = []; // last used first
    private long _bytes;

    /// <summary>The records of a shard, in its order; none where its index is lost and the shard is no longer what it
    /// was.</summary>
    /// <exception cref="ClipException">The index is lost, and the disk fails (InputOutput).</exception>
    public ShardRecord[] Of(int shard)
    {
        if (shards[shard].Records is { } held)
        {
            return held;
        }

        lock (_gate)
        {
            if (_found.TryGetValue(shard, out var node))
            {
                _used.Remove(node);
                _used.AddFirst(node);
                return node.Value.Records;
            }
        }

        var records = Read(shards[shard]); // by several threads at once, if it must be: better than one that all wait for
        lock (_gate)
        {
            if (!_found.ContainsKey(shard))
            {
                _found.Add(shard, _used.AddFirst((shard, records)));
                _bytes += records.LongLength * ShardRecord.Size;
                while (_bytes > MostBytes && _used.Count > 1)
                {
                    var last = _used.Last!;
                    _used.RemoveLast();
                    _found.Remove(last.Value.Shard);
                    _bytes -= last.Value.Records.LongLength * ShardRecord.Size;
                }
            }
        }

        return records;
    }

    private ShardRecord[] Read(IndexedShard shard)
    {
        if (ShardIndexFile.TryReadRecords(shard.IndexPath!, shard.Header) is { } records)
        {
            return records;
        }

        var anew = indexer.Make(shard.File.Place, CancellationToken.None);
        return anew.Header.Fingerprint != shard.Header.Fingerprint || anew.Header.Samples != shard.Header.Samples ? []
            : anew.Records ?? ShardIndexFile.TryReadRecords(anew.IndexPath!, anew.Header) ?? [];
    }
}
