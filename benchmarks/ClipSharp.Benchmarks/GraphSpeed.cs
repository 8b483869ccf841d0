using System.Diagnostics;
using ClipSharp.Search.Graphs;
using ClipSharp.Search.Vectors;

namespace ClipSharp.Benchmarks;

/// <summary>The graph of <c>search</c>: built, written, mapped, and asked 1,000 queries that are not in it, one after the other,
/// with 64 to 512 candidates; beside exact search of the same.</summary>
internal static class GraphSpeed
{
    private const int Top = 10;

    public static void Run(MappedVectors vectors, Embeddings queries, string path)
    {
        var resident = Resident();
        var exact = ExactSearch.Find(queries, [vectors], null, Top);
        using (var graph = NeighborGraph.Create(vectors.Dimension))
        {
            var start = Stopwatch.GetTimestamp();
            graph.Add(vectors, null, 0);
            var built = Stopwatch.GetElapsedTime(start);
            File.Delete(path);
            var saving = Stopwatch.GetTimestamp();
            var file = graph.Save(path);
            Console.WriteLine($"graph: {built.TotalSeconds:N0} s to build ({vectors.Count / built.TotalSeconds:N0}/s), "
                + $"{Stopwatch.GetElapsedTime(saving).TotalSeconds:0.0} s to write {file.Bytes / 1e6:N0} MB; "
                + $"{(Resident() - resident) / 1e6:N0} MB of memory more while it was built");
            Open(vectors, queries, exact, path, file);
        }
    }

    private static void Open(MappedVectors vectors, Embeddings queries, IReadOnlyList<IReadOnlyList<VectorHit>> exact,
        string path, GraphFile file)
    {
        var start = Stopwatch.GetTimestamp();
        using var graph = NeighborGraph.Open(path, file, vectors.Dimension);
        Console.WriteLine($"graph: opened in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:N0} ms");
        foreach (var candidates in new[] { 64, 128, 256, 512 })
        {
            IReadOnlyList<VectorHit> Ask(int query) =>
                IndexGraph.Find(graph, 1, candidates,
                    new Embeddings(queries.Row(query).ToArray(), queries.Dimension), [vectors], [null], Top,
                    float.NegativeInfinity, CancellationToken.None)[0];
            var (seconds, hits) = (new List<double>(), 0);
            for (var query = 0; query < queries.Count; query++)
            {
                IReadOnlyList<VectorHit> found = [];
                seconds.Add(Spread.Seconds(() => found = Ask(query)));
                hits += found.Count(hit => hit.Score >= exact[query][^1].Score);
            }

            seconds.Sort();
            Console.WriteLine($"graph, {candidates,3} candidates: recall@{Top} {(double)hits / (Top * queries.Count):0.000}, "
                + $"p50 {1e3 * seconds[seconds.Count / 2]:0.00} ms, p99 {1e3 * seconds[(int)(0.99 * (seconds.Count - 1))]:0.00} ms");
        }
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
