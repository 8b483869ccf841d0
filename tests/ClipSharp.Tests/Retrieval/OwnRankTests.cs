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
            Assert.Equal(order.IndexOf(own[q]) + 1, ranks[q]);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public void Of_equal_scores_the_lower_index_is_better(int own, int rank) =>
        Assert.Equal([rank], OwnRank.Compute(new Embeddings([1, 0], 2), new Embeddings([1, 0, 1, 0, 1, 0, 1, 0], 2), [own]));

    [Fact]
    public void A_NaN_is_better_than_nothing_and_found_by_nobody()
    {
        var items = new Embeddings([float.NaN, 0, 0.5f, 0, -1, 0], 2);
        var query = new Embeddings([1, 0, 1, 0, float.NaN, 0], 2);
        Assert.Equal([2, 4, 4], OwnRank.Compute(query, items, [2, 0, 1]));
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

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void An_index_outside_is_refused(int own) =>
        Assert.Throws<ArgumentException>(() => OwnRank.Compute(UnitVectors.Draw(1, 4, 1), UnitVectors.Draw(2, 4, 1), [own]));
}
