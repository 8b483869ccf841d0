using ClipSharp.Retrieval;

namespace ClipSharp.Tests.Retrieval;

[Trait("Category", "Vectors")]
public sealed class OwnRankTests
{
    [Fact]
    public void Ranks_are_the_places_in_a_full_stable_sort_over_several_blocks()
    {
        var (queries, items) = (UnitVectors.Draw(70, 8, 1), UnitVectors.Draw(5000, 8, 2));
        var own = Enumerable.Range(0, 70).Select(i => i * 71).ToArray();
        var ranks = OwnRank.Compute(queries, items, own);
        foreach (var q in new[] { 0, 31, 32, 69 })
        {
            var order = Enumerable.Range(0, items.Count).OrderByDescending(i => DotProducts.Single(queries.Row(q), items.Row(i)))
                .ToList();
            Assert.Equal(new OwnRank(order.IndexOf(own[q]), 1, 1), ranks[q]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Whatever_scores_the_same_shares_its_places_wherever_it_stands(int own)
    {
        // One is better, four are alike, of which one is sought, one is worse.
        var items = new Embeddings([1, 0, 1, 0, 1, 0, 1, 0, 2, 0, 0.5f, 0], 2);
        var rank = Assert.Single(OwnRank.Compute(new Embeddings([1, 0], 2), items, [own]));
        Assert.Equal(new OwnRank(1, 4, 1), rank);
        Assert.Equal([0, 0.25, 0.5, 0.75, 1, 1], Enumerable.Range(1, 6).Select(rank.ShareAt));
        Assert.Equal(3.5, rank.Mean);
        Assert.True(rank.IsTied);
    }

    [Fact]
    public void The_share_is_that_of_all_orders_of_what_scores_the_same()
    {
        // Five alike, two of them the query's own, behind one that is better: counted over all 120 orders.
        var rank = new OwnRank(1, 5, 2);
        int[][] orders = [.. Orders([0, 1, 2, 3, 4])];
        Assert.Equal(120, orders.Length);
        int[] first = [.. orders.Select(order => Math.Min(Array.IndexOf(order, 0), Array.IndexOf(order, 1)) + 2)];
        for (var k = 1; k <= 7; k++)
        {
            Assert.Equal(first.Count(place => place <= k) / 120.0, rank.ShareAt(k), 1e-12);
        }

        Assert.Equal(first.Average(), rank.Mean, 1e-12);

        static IEnumerable<int[]> Orders(int[] items) => items.Length == 1 ? [items]
            : items.SelectMany(head => Orders([.. items.Where(item => item != head)]).Select(tail => (int[])[head, .. tail]));
    }

    [Fact]
    public void Items_of_one_group_that_are_alike_are_no_tie()
    {
        var items = new Embeddings([1, 0, 1, 0, 0, 1], 2);
        var rank = Assert.Single(OwnRank.Compute(new Embeddings([1, 0], 2), items, [7], [7, 7, 8]));
        Assert.Equal((new OwnRank(0, 2, 2), false, 1.0), (rank, rank.IsTied, rank.ShareAt(1)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_not_ranked(float value)
    {
        var (sound, unsound) = (UnitVectors.Draw(3, 2, 1), new Embeddings([0, 1, 1, value], 2));
        Assert.Contains("row 1 of what searches", Assert.Throws<ClipException>(() =>
            OwnRank.Compute(unsound, sound, [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("row 1 of what is searched", Assert.Throws<ClipException>(() =>
            OwnRank.Compute(sound, unsound, [0, 1, 0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_order_of_items_gives_the_same_ranks()
    {
        var (queries, items) = (UnitVectors.Draw(20, 8, 1), UnitVectors.Draw(100, 8, 2));
        var order = Enumerable.Range(0, 100).ToArray();
        new RandomStream(5, RandomPurpose.SampleOrder).Shuffle<int>(order);
        var own = Enumerable.Range(0, 20).ToArray();
        Assert.Equal(OwnRank.Compute(queries, items, own),
            OwnRank.Compute(queries, items.Rows(order), [.. own.Select(i => Array.IndexOf(order, i))]));
    }

    [Fact]
    public void The_best_of_a_group_counts_wherever_it_stands()
    {
        var items = new Embeddings([0.1f, 0, 0.5f, 0, 0.9f, 0, 0.3f, 0], 2);
        var rank = Assert.Single(OwnRank.Compute(new Embeddings([1, 0], 2), items, [7], [7, 8, 7, 8]));
        Assert.Equal(new OwnRank(0, 1, 1), rank);
    }

    [Fact]
    public void Every_query_and_every_item_has_one_index()
    {
        var (queries, items) = (UnitVectors.Draw(2, 4, 1), UnitVectors.Draw(3, 4, 2));
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(queries, items, [0]));
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(queries, items, [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(queries, items, [0, 1], [0, 1]));
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(queries, items, [0, 1], [0, 1, 1, 1]));
    }

    [Fact]
    public void There_is_no_place_before_the_first() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new OwnRank(0, 1, 1).ShareAt(0));

    [Fact]
    public void It_stops_when_asked()
    {
        var vectors = UnitVectors.Draw(2, 4, 1);
        Assert.Throws<OperationCanceledException>(() => OwnRank.Compute(vectors, vectors, [0, 1], new CancellationToken(true)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void An_index_outside_is_refused(int own) =>
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(UnitVectors.Draw(1, 4, 1), UnitVectors.Draw(2, 4, 1), [own]));
}
