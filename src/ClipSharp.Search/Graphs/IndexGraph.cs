using ClipSharp.Host;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Graphs;

/// <summary>An approximate search of an index: its graph proposes candidates among the pictures that it knows, newer ones are all
/// compared, and exact scores rank both. Thread-safe.</summary>
internal sealed class IndexGraph : IDisposable
{
    private readonly NeighborGraph _graph;
    private readonly GraphFolder _about;

    private IndexGraph(NeighborGraph graph, GraphFolder about) => (_graph, _about) = (graph, about);

    /// <summary>Segments whose rows it knows, the first of the index.</summary>
    public int Segments => _about.Segments.Count;

    /// <summary>Opens the graph of an index.</summary>
    /// <exception cref="ClipException">There is none that fits (NoInput), or it is damaged (Data).</exception>
    public static IndexGraph Open(string root, IndexManifest manifest)
    {
        var folder = GraphFolder.Newest(root) ?? throw Absent(root, "none");
        var about = GraphFolder.Read(folder);
        return about.Fits(manifest)
            ? new IndexGraph(about.Open(folder, manifest.Dimension), about)
            : throw Absent(folder, "one of segments that are gone");
    }

    /// <summary>The same as <see cref="ExactSearch.Find"/>, but for pictures that the graph did not propose.</summary>
    /// <param name="queries">[Q, E].</param>
    /// <param name="segments">Those of the index.</param>
    /// <param name="live">For each the rows that are of the index, or null for all.</param>
    /// <param name="count">How many a query.</param>
    /// <param name="least">Rows that score less are not found.</param>
    /// <param name="cancel">Stops between two queries.</param>
    public IReadOnlyList<IReadOnlyList<VectorHit>> Find(Embeddings queries, IReadOnlyList<MappedVectors> segments,
        IReadOnlyList<RowSet?> live, int count, float least, CancellationToken cancel) =>
        Find(_graph, Segments, _about.Candidates, queries, segments, live, count, least, cancel);

    /// <summary>The same with a graph that is being built.</summary>
    public static IReadOnlyList<IReadOnlyList<VectorHit>> Find(NeighborGraph graph, int covered, int candidates,
        Embeddings queries, IReadOnlyList<MappedVectors> segments, IReadOnlyList<RowSet?> live, int count, float least,
        CancellationToken cancel)
    {
        if (Math.Max(count, candidates) >= graph.Count / 2)
        {
            return ExactSearch.Find(queries, segments, live, count, least, cancel); // as good as all are asked for
        }

        FiniteVectors.Require(queries, query => FormattableString.Invariant($"query {query}"));
        MappedVectors[] known = [.. segments.Take(covered)];
        var firstNew = known.Sum(segment => (long)segment.Count);
        var newer = covered == segments.Count ? null
            : ExactSearch.Find(queries, [.. segments.Skip(covered)], [.. live.Skip(covered)], count, least, cancel);
        var found = new IReadOnlyList<VectorHit>[queries.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads, CancellationToken = cancel };
        Parallel.For(0, queries.Count, options, query =>
        {
            var proposed = Proposed(graph, queries.Row(query), known, live, Math.Max(count, candidates), count);
            var hits = proposed.Select(row => new VectorHit(row, 0))
                .Concat(newer?[query].Select(hit => hit with { Row = firstNew + hit.Row }) ?? []);
            found[query] = ExactSearch.Ranked(queries.Row(query), hits, segments, count, least);
        });
        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => _graph.Dispose();

    // Rows that were removed since are still in the graph.
    private static List<long> Proposed(NeighborGraph graph, ReadOnlySpan<float> query, MappedVectors[] known,
        IReadOnlyList<RowSet?> live, int asked, int count)
    {
        while (true)
        {
            var rows = graph.Find(query, asked).Where(row => IsLive(row, known, live)).ToList();
            if (rows.Count >= count || asked >= graph.Count)
            {
                return rows;
            }

            asked = (int)Math.Min(2L * asked, graph.Count);
        }
    }

    private static bool IsLive(long row, MappedVectors[] known, IReadOnlyList<RowSet?> live)
    {
        var number = 0;
        while (row >= known[number].Count)
        {
            row -= known[number++].Count;
        }

        return live[number]?[(int)row] != false;
    }

    private static ClipException Absent(string where, string found) => new(ClipError.NoInput, "The index has no graph", where,
        found, "a graph of its pictures", "Make it with: clipsharp index PICTURES --index FOLDER --ann; or search without --ann.");
}
