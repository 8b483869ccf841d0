using ClipSharp.Retrieval;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Tests.Vectors;

[Trait("Category", "Vectors")]
public sealed class ExactSearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(150)] // more than a pass
    public void What_is_found_is_what_a_plain_search_of_the_same_halves_finds(int queryCount)
    {
        var (rows, queries) = (UnitVectors.Draw(9000, 24, 1), UnitVectors.Draw(queryCount, 24, 2));
        using var first = VectorFile.Write(_folder["a.npy"], rows.Rows([.. Enumerable.Range(0, 5001)]));
        using var second = VectorFile.Write(_folder["b.npy"], rows.Rows([.. Enumerable.Range(5001, 3999)]));

        var found = ExactSearch.Find(queries, [first, second], null, 20);

        var plain = NearestNeighbors.Find(queries, Halved(rows), 20);
        for (var query = 0; query < queryCount; query++)
        {
            Assert.Equal(plain[query].Select(n => ((long)n.Index, n.Score)), found[query].Select(hit => (hit.Row, hit.Score)));
        }
    }

    [Fact]
    public void Equal_rows_tie_and_come_by_their_number_however_many()
    {
        var row = UnitVectors.Draw(1, 16, 3);
        using var segment = VectorFile.Write(_folder["a.npy"], row.Rows([.. Enumerable.Repeat(0, 10_000)]));

        var found = ExactSearch.Find(row, [segment], null, 300)[0];

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (long)i), found.Select(hit => hit.Row));
        Assert.Single(found.Select(hit => hit.Score).Distinct());
    }

    [Fact]
    public void The_first_k_are_the_first_of_the_first_2k()
    {
        using var segment = VectorFile.Write(_folder["a.npy"], UnitVectors.Draw(3000, 32, 1));
        var query = UnitVectors.Draw(1, 32, 9);

        var (few, many) = (ExactSearch.Find(query, [segment], null, 10)[0], ExactSearch.Find(query, [segment], null, 20)[0]);

        Assert.Equal(few, many.Take(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Only_rows_of_the_set_are_found_and_only_those_that_score_enough(int queryCount)
    {
        var rows = UnitVectors.Draw(6000, 16, 4);
        using var segment = VectorFile.Write(_folder["a.npy"], rows);
        var among = new RowSet(6000) { [17] = true, [5999] = true, [4242] = true };

        var queries = rows.Rows([.. Enumerable.Repeat(17, queryCount)]);

        var found = ExactSearch.Find(queries, [segment], [among], 10);
        var near = ExactSearch.Find(queries, [segment], [among], 10, least: 0.99f);

        Assert.All(found, hits => Assert.Equal([17L, 4242, 5999], hits.Select(hit => hit.Row).Order()));
        Assert.All(near, hits => Assert.Equal(17, Assert.Single(hits).Row));
    }

    [Fact]
    public void Same_is_1_orthogonal_0_opposite_minus_1()
    {
        using var segment = VectorFile.Write(_folder["a.npy"], new Embeddings([1, 0, 0, 1, -1, 0], 2));

        var found = ExactSearch.Find(new Embeddings([1, 0], 2), [segment], null, 3)[0];

        Assert.Equal([(0, 1), (1, 0), (2, -1)], found.Select(hit => ((int)hit.Row, (int)hit.Score)));
    }

    [Fact]
    public void No_rows_and_other_widths()
    {
        using var none = VectorFile.Write(_folder["none.npy"], new Embeddings([], 4));

        Assert.Empty(ExactSearch.Find(UnitVectors.Draw(1, 4, 1), [none], null, 5)[0]);
        Assert.Throws<ArgumentException>(() => ExactSearch.Find(UnitVectors.Draw(1, 5, 1), [none], null, 5));
        Assert.Throws<ClipException>(() => ExactSearch.Find(new Embeddings([float.NaN, 0, 0, 0], 4), [none], null, 5));
    }

    [Fact]
    public void Rows_that_are_disposed_are_refused()
    {
        var segment = VectorFile.Write(_folder["a.npy"], UnitVectors.Draw(10, 4, 1));
        segment.Dispose();

        Assert.ThrowsAny<Exception>(() => ExactSearch.Find(UnitVectors.Draw(1, 4, 1), [segment], null, 5));
    }

    [Fact]
    public void A_file_that_is_shorter_than_it_says_is_refused()
    {
        VectorFile.Write(_folder["a.npy"], new Half[12], [3, 4]);
        File.WriteAllBytes(_folder["b.npy"], File.ReadAllBytes(_folder["a.npy"])[..^2]);
        VectorFile.Write(_folder["c.npy"], new Half[12], [12]);

        Assert.Contains("shape and length disagree", Refusal("b.npy"), StringComparison.Ordinal);
        Assert.Contains("float16 [N, E]", Refusal("c.npy"), StringComparison.Ordinal);

        string Refusal(string name) => Assert.Throws<ClipException>(() => MappedVectors.Open(_folder[name])).Message;
    }

    private static Embeddings Halved(Embeddings rows) =>
        new([.. rows.Values.Select(value => (float)(Half)value)], rows.Dimension);
}
