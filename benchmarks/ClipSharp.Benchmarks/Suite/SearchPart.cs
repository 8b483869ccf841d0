using ClipSharp.Search.Vectors;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Exact search for the ten best among float16 vectors of 512: one query, which reads memory, and 256, which
/// multiply.</summary>
internal static class SearchPart
{
    public const string Name = "search";

    private const int Many = 256;

    public static void Run(SuiteRun run)
    {
        var folder = Directory.CreateTempSubdirectory("clipsharp-benchmark-");
        try
        {
            using var vectors = MappedVectors.Open(SearchSpeed.Made(folder.FullName, run.IsQuick ? 100_000 : 1_000_000));
            var (one, many) = (SearchSpeed.Queries(1), SearchSpeed.Queries(Many));
            var numbers = (double)vectors.Count * SearchSpeed.Width;
            var turns = Turns.Of(run.Rounds, 5, () => SearchSpeed.Search(vectors, one), () => SearchSpeed.Read(vectors));
            var row = SuiteRow.Of(turns, Name, $"1 query, {vectors.Count:N0} vectors", (0, "exact search"), (1, "reading alone"),
                "GB/s", 2 * numbers / 1e9);
            run.Add(row with { Floor = "reading memory", Share = row.Ratio!.Value.Median });
            using var floor = new ProductFloor("fp32");
            turns = Turns.Of(run.Rounds, 1, [() => SearchSpeed.Search(vectors, many), .. floor.Sides]);
            var rate = 2 * numbers * Many / turns.Of(0).Median;
            row = new SuiteRow(Name, $"{Many} queries, {vectors.Count:N0} vectors", "GFLOP/s", "exact search", rate / 1e9);
            run.Add(floor.Share(row, rate, turns, 1));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
