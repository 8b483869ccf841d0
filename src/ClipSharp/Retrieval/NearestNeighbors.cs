namespace ClipSharp.Retrieval;

/// <summary>One thing found.</summary>
/// <param name="Index">Its row.</param>
/// <param name="Score">Its cosine with the query.</param>
public readonly record struct Neighbor(int Index, float Score);

/// <summary>Exact search: every query is compared with every item, block by block.</summary>
public static class NearestNeighbors
{
    private const int ItemBlock = 4096;

    /// <summary>The items of highest cosine for each query, best first; of equal ones the one of lower index first. A NaN is
    /// never found.</summary>
    /// <param name="queries">[N, E].</param>
    /// <param name="items">[M, E].</param>
    /// <param name="count">How many a query, 1 or more; all that have a score when there are fewer.</param>
    /// <param name="cancel">Stops between two queries.</param>
    public static IReadOnlyList<IReadOnlyList<Neighbor>> Find(Embeddings queries, Embeddings items, int count,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var found = Enumerable.Range(0, queries.Count).Select(_ => new List<Neighbor>(Math.Min(count, items.Count) + 1))
            .ToArray();
        var scores = new float[Math.Min(ItemBlock, items.Count)];
        for (var first = 0; first < items.Count; first += ItemBlock) // a block of items stays in the cache for all queries
        {
            var size = Math.Min(ItemBlock, items.Count - first);
            for (var query = 0; query < queries.Count; query++)
            {
                cancel.ThrowIfCancellationRequested();
                DotProducts.Block(queries, query, 1, items, first, size, scores);
                Keep(found[query], scores.AsSpan(0, size), first, count);
            }
        }

        return found;
    }

    // Items come by rising index, so one that only equals the last kept never displaces it.
    private static void Keep(List<Neighbor> best, ReadOnlySpan<float> scores, int first, int count)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            var score = scores[i];
            if (float.IsNaN(score) || (best.Count == count && score <= best[^1].Score))
            {
                continue;
            }

            var place = best.Count;
            while (place > 0 && score > best[place - 1].Score)
            {
                place--;
            }

            best.Insert(place, new Neighbor(first + i, score));
            if (best.Count > count)
            {
                best.RemoveAt(count);
            }
        }
    }
}
