using ClipSharp.Data.Batches;
using ClipSharp.Data.Shards;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Opens the indexes of many shards, on several threads: first what is there, by a look at each place, so that nothing
/// waits for what must be read; then the others are made.</summary>
/// <param name="indexer">Opens one.</param>
/// <param name="shards">Their places.</param>
internal sealed class ShardOpening(ShardIndexer indexer, IReadOnlyList<string> shards)
{
    private const int FewestLooks = 16;
    private const int FewestFetched = 4, MostFetched = 16; // at once: the cache has them beside what it may hold

    private readonly IndexedShard?[] _opened = new IndexedShard?[shards.Count];
    private readonly bool _isFar = shards.Any(ShardPlace.IsRemote);

    /// <summary>The indexes, in the order of the shards.</summary>
    /// <param name="verify">Whether all of an index is read.</param>
    /// <param name="progress">Told after each shard, on the calling thread.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A disk or a store fails (InputOutput), and the options do not say to go on.</exception>
    public IReadOnlyList<IndexedShard> Open(bool verify, Action<ShardIndexProgress>? progress, CancellationToken cancel)
    {
        var told = default(ShardIndexProgress) with { OfShards = shards.Count };
        var looks = Math.Max(Environment.ProcessorCount, _isFar ? FewestLooks : 1);
        Each(looks, shards.Count, number => _opened[number] = indexer.TryOpen(shards[number], verify, cancel), number =>
        {
            told = told with { Shards = number + 1, Samples = told.Samples + (_opened[number]?.Header.Samples ?? 0) };
            progress?.Invoke(told);
        }, cancel);

        int[] lacking = [.. Enumerable.Range(0, shards.Count).Where(number => _opened[number] is null)];
        told = told with { Shards = shards.Count - lacking.Length, OfMade = lacking.Length };
        var readers = _isFar ? Math.Clamp(Environment.ProcessorCount, FewestFetched, MostFetched) : Environment.ProcessorCount;
        Each(readers, lacking.Length, place => _opened[lacking[place]] = indexer.Make(shards[lacking[place]], cancel), place =>
        {
            var made = _opened[lacking[place]]!;
            told = told with
            {
                Shards = told.Shards + 1,
                Samples = told.Samples + made.Header.Samples,
                Made = told.Made + 1,
                Bytes = told.Bytes + made.File.Length,
            };
            progress?.Invoke(told);
        }, cancel);

        return [.. _opened.Select(shard => shard!)];
    }

    // On some threads, and told in order on this one.
    private static void Each(int threads, int count, Action<int> work, Action<int> tell, CancellationToken cancel)
    {
        const int AheadOfEach = 8; // threads do not wait for one that has a long shard
        threads = Math.Min(threads, count);
        if (count == 0)
        {
            return;
        }

        using var workers = new OrderedWorkers<object>(0, count, threads, threads * AheadOfEach,
            number => (number, 1), (number, _, _) => work((int)(long)number));
        while (workers.Take(cancel) is { } number)
        {
            tell((int)(long)number);
        }
    }
}
