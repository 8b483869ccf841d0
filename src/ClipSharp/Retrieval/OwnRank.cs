using ClipSharp.Host;

namespace ClipSharp.Retrieval;

/// <summary>At which place a query finds what belongs to it. Recall and accuracy at any k follow from these ranks. Items that
/// score the same stand in any order, all equally likely: each query counts the share of these orders in which it is right, so
/// that a model whose vectors are all alike is at chance.</summary>
/// <param name="Better">How many items score better than the best of the query's own.</param>
/// <param name="Tied">How many score the same as it, itself included: 1 or more.</param>
/// <param name="Own">How many of these belong to the query: 1 or more.</param>
public readonly record struct OwnRank(int Better, int Tied, int Own)
{
    private const int QueryBlock = 64;
    private const int ItemBlock = 256; // 64 queries and 256 items stay in the second cache, whatever N and M are

    /// <summary>Whether something else scores the same.</summary>
    public bool IsTied => Tied > Own;

    /// <summary>The rank from 1, in the mean over all orders of what scores the same.</summary>
    public double Mean => Better + ((Tied + 1.0) / (Own + 1));

    /// <summary>The share of these orders in which something of the query's own is among the first k, 0 to 1: 0 or 1 without a
    /// tie.</summary>
    /// <param name="k">1 or more.</param>
    public double ShareAt(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var places = k - Better; // what is left of the first k for those that score the same
        if (places <= 0 || places > Tied - Own)
        {
            return places <= 0 ? 0 : 1;
        }

        var missed = 1.0; // none of its own stands on one of these places
        for (var i = 0; i < Own; i++)
        {
            missed *= (double)(Tied - places - i) / (Tied - i);
        }

        return 1 - missed;
    }

    /// <summary>The rank of one item for each query.</summary>
    /// <param name="queries">[N, E].</param>
    /// <param name="items">[M, E].</param>
    /// <param name="own">N indices of items.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    public static OwnRank[] Compute(Embeddings queries, Embeddings items, IReadOnlyList<int> own,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Compute(queries, items, own, [.. Enumerable.Range(0, items.Count)], cancel);
    }

    /// <summary>The rank of the best item of its own for each query.</summary>
    /// <param name="queries">[N, E].</param>
    /// <param name="items">[M, E].</param>
    /// <param name="groups">N groups, each of one item or more.</param>
    /// <param name="groupOfItem">M groups: an item belongs to the queries of its group.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    internal static OwnRank[] Compute(Embeddings queries, Embeddings items, IReadOnlyList<int> groups,
        IReadOnlyList<int> groupOfItem, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(groupOfItem);
        var ownOf = Enumerable.Range(0, groupOfItem.Count).ToLookup(item => groupOfItem[item]);
        Check(queries, items, groups, groupOfItem, ownOf);

        var ranks = new OwnRank[queries.Count];
        var blocks = (queries.Count + QueryBlock - 1) / QueryBlock;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, blocks, options, () => new float[QueryBlock * Math.Min(ItemBlock, items.Count)], (block, _, products) =>
        {
            var first = block * QueryBlock;
            RankBlock(queries, first, Math.Min(QueryBlock, queries.Count - first), items, row => ownOf[groups[row]], products,
                ranks, cancel);
            return products;
        }, _ => { });
        return ranks;
    }

    private static void RankBlock(Embeddings queries, int firstQuery, int queryCount, Embeddings items,
        Func<int, IEnumerable<int>> own, float[] products, OwnRank[] ranks, CancellationToken cancel)
    {
        Span<float> ownScores = stackalloc float[QueryBlock];
        for (var q = 0; q < queryCount; q++)
        {
            var query = firstQuery + q;
            float[] scores = [.. own(query).Select(item => DotProducts.Single(queries.Row(query), items.Row(item)))];
            var best = scores.Max();
            ownScores[q] = best;
            ranks[query] = new OwnRank(0, 0, scores.Count(score => score == best));
        }

        for (var firstItem = 0; firstItem < items.Count; firstItem += ItemBlock)
        {
            cancel.ThrowIfCancellationRequested();
            var itemCount = Math.Min(ItemBlock, items.Count - firstItem);
            DotProducts.Block(queries, firstQuery, queryCount, items, firstItem, itemCount, products);
            for (var q = 0; q < queryCount; q++)
            {
                var rank = ranks[firstQuery + q];
                var (better, tied) = Count(products.AsSpan(q * itemCount, itemCount), ownScores[q]);
                ranks[firstQuery + q] = rank with { Better = rank.Better + better, Tied = rank.Tied + tied };
            }
        }
    }

    private static void Check(Embeddings queries, Embeddings items, IReadOnlyList<int> groups, IReadOnlyList<int> groupOfItem,
        ILookup<int, int> ownOf)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.Count != queries.Count || groupOfItem.Count != items.Count || !groups.All(ownOf.Contains))
        {
            throw new ArgumentException(
                $"{groups.Count} indices do not name one of {items.Count} items for each of {queries.Count} queries.",
                nameof(groups));
        }

        FiniteVectors.Require(queries, row => $"row {row} of what searches");
        FiniteVectors.Require(items, row => $"row {row} of what is searched");
    }

    private static (int Better, int Tied) Count(ReadOnlySpan<float> scores, float own)
    {
        var (better, tied) = (0, 0);
        foreach (var score in scores)
        {
            better += score > own ? 1 : 0;
            tied += score == own ? 1 : 0;
        }

        return (better, tied);
    }
}
