using ClipSharp.Search.Graphs;
using ClipSharp.Search.Tests.Vectors;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Tests.Graphs;

public sealed class NeighborGraphTests : IDisposable
{
    private const int Rows = 2000;
    private const int Width = 24;

    private readonly TemporaryFolder _folder = new();
    private readonly MappedVectors _vectors;

    public NeighborGraphTests()
    {
        GraphLibrary.SkipIfAbsent();
        _vectors = VectorFile.Write(_folder["a.npy"], UnitVectors.Draw(Rows, Width, 1));
    }

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_written_graph_proposes_nearly_all_of_the_best_mapped_and_copied()
    {
        var file = Build("a.graph");
        using var mapped = NeighborGraph.Open(_folder["a.graph"], file, Width);
        using var copied = NeighborGraph.Open(_folder["a.graph"], file, Width, forAdding: true);
        var queries = UnitVectors.Draw(50, Width, 2);

        var exact = ExactSearch.Find(queries, [_vectors], null, 10);

        Assert.Equal((Rows, Rows), (mapped.Count, copied.Count));
        foreach (var graph in new[] { mapped, copied })
        {
            var found = Enumerable.Range(0, 50).Sum(query =>
                exact[query].Select(hit => hit.Row).Intersect(graph.Find(queries.Row(query), 128)).Count());
            Assert.InRange(found, 480, 500);
        }
    }

    [Fact]
    public void A_query_of_any_length_finds_the_same()
    {
        using var graph = NeighborGraph.Open(_folder["a.graph"], Build("a.graph"), Width);
        var query = UnitVectors.Draw(1, Width, 2).Row(0).ToArray();

        Assert.Equal(graph.Find(query, 20), graph.Find([.. query.Select(x => x * 1e9f)], 20));
        Assert.Equal(20, graph.Find(new float[Width], 20).Distinct().Count());
    }

    [Theory]
    [InlineData(0)] // rows
    [InlineData(4)] // their width
    [InlineData(8 + (Rows * Width * 2))] // what kind of graph
    [InlineData(8 + (Rows * Width * 2) + 64 + 8)] // the header of links
    [InlineData(-1)] // a link
    [InlineData(-5000)]
    public void A_damaged_byte_of_the_links_is_refused_before_it_is_followed(int at)
    {
        var file = Build("a.graph");
        var bytes = File.ReadAllBytes(_folder["a.graph"]);
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x5A;
        File.WriteAllBytes(_folder["b.graph"], bytes);

        var refusal = Assert.Throws<ClipException>(() => NeighborGraph.Open(_folder["b.graph"], file, Width));

        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("The graph is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("b.graph", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(5000)]
    [InlineData(-1)]
    [InlineData(1)]
    public void Another_length_is_refused(int length)
    {
        var file = Build("a.graph");
        var bytes = File.ReadAllBytes(_folder["a.graph"]);
        File.WriteAllBytes(_folder["b.graph"],
            length == 1 ? [.. bytes, 0] : bytes[..(length < 0 ? bytes.Length + length : length)]);

        var refusal = Assert.Throws<ClipException>(() => NeighborGraph.Open(_folder["b.graph"], file, Width));

        Assert.Contains("The graph is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"expected {bytes.Length}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_vector_only_changes_what_is_proposed()
    {
        var file = Build("a.graph");
        var bytes = File.ReadAllBytes(_folder["a.graph"]);
        bytes.AsSpan(8, 400 * Width).Fill(0xFF); // NaN
        File.WriteAllBytes(_folder["b.graph"], bytes);

        using var graph = NeighborGraph.Open(_folder["b.graph"], file, Width);

        Assert.InRange(graph.Find(UnitVectors.Draw(1, Width, 2).Row(0), 100).Length, 1, 100);
    }

    [Fact]
    public async Task Nothing_is_freed_under_a_search()
    {
        var file = Build("a.graph");
        var queries = UnitVectors.Draw(1, Width, 2);
        for (var round = 0; round < 20; round++)
        {
            using var graph = NeighborGraph.Open(_folder["a.graph"], file, Width);
            var searches = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            {
                try
                {
                    while (true)
                    {
                        Assert.Equal(50, graph.Find(queries.Row(0), 50).Length);
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            })).ToArray();
            graph.Find(queries.Row(0), 50);

            graph.Dispose();

            await Task.WhenAll(searches);
        }
    }

    [Fact]
    public void More_searches_than_processors_wait_for_each_other()
    {
        using var graph = NeighborGraph.Open(_folder["a.graph"], Build("a.graph"), Width);
        var query = UnitVectors.Draw(1, Width, 2);
        var alone = graph.Find(query.Row(0), 30);

        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 64 },
            _ => Assert.Equal(alone, graph.Find(query.Row(0), 30)));
    }

    private GraphFile Build(string name)
    {
        using var graph = NeighborGraph.Create(Width);
        graph.Add(_vectors, null, 0);
        return graph.Save(_folder[name]);
    }
}
