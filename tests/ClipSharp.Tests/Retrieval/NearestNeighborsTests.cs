using ClipSharp.Retrieval;

namespace ClipSharp.Tests.Retrieval;

[Trait("Category", "Vectors")]
public sealed class NearestNeighborsTests
{
    [Fact]
    public void The_best_are_those_of_a_full_sort_also_over_several_blocks()
    {
        var (queries, items) = (UnitVectors.Draw(3, 8, 1), UnitVectors.Draw(9000, 8, 2));
        var found = NearestNeighbors.Find(queries, items, 20);
        for (var q = 0; q < 3; q++)
        {
            var expected = Enumerable.Range(0, items.Count)
                .OrderByDescending(i => DotProducts.Single(queries.Row(q), items.Row(i))).Take(20);
            Assert.Equal(expected, found[q].Select(neighbor => neighbor.Index));
        }
    }

    [Fact]
    public void More_neighbours_begin_with_the_fewer()
    {
        var (queries, items) = (UnitVectors.Draw(1, 8, 1), UnitVectors.Draw(300, 8, 2));
        Assert.Equal(NearestNeighbors.Find(queries, items, 5)[0], NearestNeighbors.Find(queries, items, 50)[0].Take(5));
    }

    [Fact]
    public void Equal_scores_come_by_rising_index()
    {
        var items = new Embeddings([0, 1, 1, 0, 1, 0, 1, 0], 2);
        Assert.Equal([1, 2], NearestNeighbors.Find(new Embeddings([1, 0], 2), items, 2)[0].Select(neighbor => neighbor.Index));
    }

    [Fact]
    public void A_NaN_is_never_found()
    {
        var items = new Embeddings([float.NaN, 0, -1, 0, 0.5f, 0], 2);
        Assert.Equal([2, 1], NearestNeighbors.Find(new Embeddings([1, 0], 2), items, 3)[0].Select(neighbor => neighbor.Index));
    }
}
