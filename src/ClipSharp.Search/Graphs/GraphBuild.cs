using ClipSharp.Search.Segments;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Search.Graphs;

/// <summary>Builds the graph of an index, or adds to it what is new, and measures how much of exact search it finds. Searches may
/// run meanwhile; a run that was ended leaves the graph as it was.</summary>
public static class GraphBuild
{
    private const int Queries = 256;
    private const int Tried = 16 * Queries; // some rows are gone
    private const int Top = 10;
    private const double Goal = 0.98;
    private static readonly int[] Candidates = [64, 128, 256, 512, 1024];

    /// <summary>Brings the graph up to date.</summary>
    /// <param name="folder">The index.</param>
    /// <param name="begun">Told how many pictures will be added; gives what is told how many are.</param>
    /// <param name="cancel">Stops between two pictures; nothing is changed then.</param>
    /// <exception cref="ClipException">There is no index, another process changes it, USearch has no build for this machine, or
    /// the disk fails.</exception>
    public static GraphSummary Run(string folder, Func<long, IProgress<long>>? begun = null, CancellationToken cancel = default)
    {
        using var held = IndexFolder.Open(folder);
        var manifest = IndexManifest.Find(folder) is { } there && there.Segments.Sum(segment => segment.Live) > 0
            ? there
            : throw new ClipException(ClipError.NoInput, "There is no index to make a graph of", folder, "no picture",
                "an index of pictures", "Make it with: clipsharp index PICTURES --index FOLDER --model MODEL");
        var opened = new List<MappedVectors>();
        try
        {
            foreach (var segment in manifest.Segments)
            {
                opened.Add(SegmentFiles.OpenVectors(folder, manifest, segment));
            }

            RowSet?[] live = [.. manifest.Segments.Select(segment => segment.Removed.Count == 0 ? null : segment.LiveRows())];
            return Run(folder, manifest, opened, live, begun, cancel);
        }
        finally
        {
            opened.ForEach(vectors => vectors.Dispose());
        }
    }

    /// <summary>What is known of the graph of an index; null where there is none that fits it.</summary>
    /// <exception cref="ClipException">It is damaged.</exception>
    public static GraphSummary? Find(string folder)
    {
        var manifest = IndexManifest.Find(folder);
        var about = manifest is not null && GraphFolder.Newest(folder) is { } newest ? GraphFolder.Read(newest) : null;
        return about?.Fits(manifest!) == true ? Summary(about, manifest!, 0) : null;
    }

    private static GraphSummary Run(string folder, IndexManifest manifest, List<MappedVectors> vectors,
        RowSet?[] live, Func<long, IProgress<long>>? begun, CancellationToken cancel)
    {
        var before = Usable(folder, manifest);
        var covered = before?.Segments.Count ?? 0;
        var added = manifest.Segments.Skip(covered).Sum(segment => (long)segment.Live);
        if (before is not null && added == 0)
        {
            return Summary(before, manifest, 0);
        }

        using var graph = before?.Open(GraphFolder.Newest(folder)!, manifest.Dimension, forAdding: true)
            ?? NeighborGraph.Create(manifest.Dimension);
        var (progress, done) = (begun?.Invoke(added), 0L);
        var first = vectors.Take(covered).Sum(segment => (long)segment.Count);
        for (var number = covered; number < vectors.Count; number++)
        {
            graph.Add(vectors[number], live[number], first, () => progress?.Report(Interlocked.Increment(ref done)), cancel);
            first += vectors[number].Count;
        }

        var (recall, queries, candidates) = Measure(graph, vectors, live, cancel);
        var written = GraphFolder.Write(folder, graph, file => new GraphFolder
        {
            Segments = [.. manifest.Segments.Select(segment => segment.Name)],
            File = file,
            Recall = recall,
            Queries = queries,
            Candidates = candidates,
        });
        return Summary(written, manifest, added);
    }

    // What is there, unless a quarter of it is gone: rows stay in a graph, and are passed over.
    private static GraphFolder? Usable(string folder, IndexManifest manifest)
    {
        if (GraphFolder.Newest(folder) is not { } newest)
        {
            return null;
        }

        try
        {
            var about = GraphFolder.Read(newest);
            if (!about.Fits(manifest))
            {
                return null;
            }

            var known = manifest.Segments.Take(about.Segments.Count).ToList();
            using var graph = about.Open(newest, manifest.Dimension);
            return graph.Count - known.Sum(segment => (long)segment.Live) <= graph.Count / 4 ? about : null;
        }
        catch (ClipException e) when (e.Kind is ClipError.Data or ClipError.NoInput)
        {
            return null; // damaged: made anew
        }
    }

    // The fewest candidates that reach the goal.
    private static (double Recall, int Queries, int Candidates) Measure(NeighborGraph graph,
        List<MappedVectors> vectors, RowSet?[] live, CancellationToken cancel)
    {
        var rows = Chosen(vectors, live);
        var queries = new Embeddings(rows.Count, vectors[0].Dimension);
        for (var i = 0; i < rows.Count; i++)
        {
            vectors[rows[i].Segment].CopyRow(rows[i].Row, queries.Writable(i));
        }

        var exact = Others(ExactSearch.Find(queries, vectors, live, Top + 1, cancel: cancel));
        var (recall, chosen, all) = (0.0, 0, exact.Sum(best => best.Length));
        foreach (var candidates in Candidates)
        {
            var found = Others(IndexGraph.Find(graph, vectors.Count, candidates, queries, vectors, live, Top + 1,
                float.NegativeInfinity, cancel));
            // By score, so that one of several equal pictures is as good as another.
            var hits = exact.Zip(found).Sum(pair => pair.Second.Count(hit => hit.Score >= pair.First[^1].Score));
            (recall, chosen) = (all == 0 ? 1 : (double)hits / all, candidates);
            if (recall >= Goal)
            {
                break;
            }
        }

        return (recall, exact.Count, chosen);

        List<VectorHit[]> Others(IReadOnlyList<IReadOnlyList<VectorHit>> found) => [.. found
            .Select((hits, i) => hits.Where(hit => hit.Row != rows[i].Number).Take(Top).ToArray())];
    }

    // Evenly over the index.
    private static List<(long Number, int Segment, int Row)> Chosen(List<MappedVectors> vectors, RowSet?[] live)
    {
        var total = vectors.Sum(segment => (long)segment.Count);
        var places = Enumerable.Range(0, Tried).Select(i => i * total / Tried).Distinct().Select(Place)
            .Where(place => live[place.Segment]?[place.Row] != false).ToList();
        var count = Math.Min(Queries, places.Count);
        return [.. Enumerable.Range(0, count).Select(i => places[(int)((long)i * places.Count / count)])];

        (long Number, int Segment, int Row) Place(long number)
        {
            var (segment, row) = (0, number);
            while (row >= vectors[segment].Count)
            {
                row -= vectors[segment++].Count;
            }

            return (number, segment, (int)row);
        }
    }

    private static GraphSummary Summary(GraphFolder about, IndexManifest manifest, long added) => new(
        manifest.Segments.Take(about.Segments.Count).Sum(segment => (long)segment.Live), added, about.File.Bytes, about.Recall,
        about.Queries, about.Candidates)
    {
        IsWhole = manifest.Segments.Skip(about.Segments.Count).All(segment => segment.Live == 0),
    };
}
