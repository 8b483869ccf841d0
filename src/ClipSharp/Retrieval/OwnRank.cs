namespace ClipSharp.Retrieval;

/// <summary>At which place a query finds what belongs to it. Recall and accuracy at any k follow from these ranks.</summary>
public static class OwnRank
{
    private const int QueryBlock = 32;
    private const int ItemBlock = 2048; // 32 · 2048 products are 256 KiB, whatever N and M are

    /// <summary>Ranks from 1: how many items score better than the query's own one, plus one. Of equal scores the item of lower
    /// index is better; a NaN is better than nothing, and a query whose own score is NaN gets rank M + 1: not found.</summary>
    /// <param name="queries">[N, E].</param>
    /// <param name="items">[M, E].</param>
    /// <param name="own">N indices of items.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <returns>N ranks, 1 to M + 1.</returns>
    public static int[] Compute(Embeddings queries, Embeddings items, IReadOnlyList<int> own, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(own);
        if (own.Count != queries.Count || own.Any(index => index < 0 || index >= items.Count))
        {
            throw new ArgumentException(
                $"{own.Count} indices do not name one of {items.Count} items for each of {queries.Count} queries.", nameof(own));
        }

        var ranks = new int[queries.Count];
        var products = new float[QueryBlock * Math.Min(ItemBlock, items.Count)];
        var ownScores = new float[QueryBlock];
        for (var firstQuery = 0; firstQuery < queries.Count; firstQuery += QueryBlock)
        {
            cancel.ThrowIfCancellationRequested();
            var queryCount = Math.Min(QueryBlock, queries.Count - firstQuery);
            for (var q = 0; q < queryCount; q++)
            {
                ownScores[q] = DotProducts.Single(queries.Row(firstQuery + q), items.Row(own[firstQuery + q]));
                ranks[firstQuery + q] = 1;
            }

            for (var firstItem = 0; firstItem < items.Count; firstItem += ItemBlock)
            {
                var itemCount = Math.Min(ItemBlock, items.Count - firstItem);
                DotProducts.Block(queries, firstQuery, queryCount, items, firstItem, itemCount, products);
                for (var q = 0; q < queryCount; q++)
                {
                    ranks[firstQuery + q] += CountBetter(products.AsSpan(q * itemCount, itemCount), ownScores[q],
                        own[firstQuery + q] - firstItem);
                }
            }

            for (var q = 0; q < queryCount; q++)
            {
                ranks[firstQuery + q] = float.IsNaN(ownScores[q]) ? items.Count + 1 : ranks[firstQuery + q];
            }
        }

        return ranks;
    }

    private static int CountBetter(ReadOnlySpan<float> scores, float own, int ownIndex)
    {
        var better = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] > own || (scores[i] == own && i < ownIndex))
            {
                better++;
            }
        }

        return better;
    }
}
