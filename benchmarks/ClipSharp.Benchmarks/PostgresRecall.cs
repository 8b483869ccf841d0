using System.Diagnostics;
using System.Globalization;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Postgres;
using ClipSharp.Search.Segments;
using ClipSharp.Search.Updates;

namespace ClipSharp.Benchmarks;

/// <summary><c>postgres ROWS INDEX QUERIES ADDRESS...</c>: the first rows of an index into a store of PostgreSQL, and then, for
/// each <c>ef_search</c>, how many of the ten best of an exact search its graph finds for pictures of another index, and how long
/// it takes.</summary>
internal static class PostgresRecall
{
    public const string Argument = "postgres";

    private const int Top = 10;
    private const int Queries = 200;

    public static async Task RunAsync(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var count, var folder, var others, var address])
        {
            throw new ArgumentException("postgres ROWS INDEX QUERIES ADDRESS");
        }

        using var index = PictureIndex.Open(folder);
        using var asked = PictureIndex.Open(others);
        var pictures = index.Pictures().Take(int.Parse(count, CultureInfo.InvariantCulture)).ToList();
        var step = Math.Max(1, (int)(asked.Count / Queries));
        var queries = asked.Vectors([.. asked.Pictures().Select(row => row.Row).Where((_, i) => i % step == 0).Take(Queries)]);
        Fill(address, index, folder, pictures);

        // The best of all rows by the same halves.
        var exact = index.Search(queries, Top, 0, float.NegativeInfinity, Among(pictures), CancellationToken.None);
        foreach (var ef in (int[])[10, 40, 100, 200, 400])
        {
            await MeasureAsync($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}ef_search={ef}", ef, queries,
                exact).ConfigureAwait(false);
        }
    }

    private static void Fill(string address, PictureIndex index, string folder, List<(long Row, IndexedPicture Picture)> pictures)
    {
        using var writer = PostgresWriter.Open(PostgresAddress.Parse(address));
        if (writer.Model is not null)
        {
            Console.WriteLine("rows that are there already");
            return;
        }

        var model = IndexManifest.Find(folder)!.OfModel;
        var watch = Stopwatch.StartNew();
        foreach (var chunk in pictures.Chunk(IndexUpdate.SegmentPictures))
        {
            var vectors = index.Vectors([.. chunk.Select(row => row.Row)]);
            writer.Write(model, new PictureChange(
                [.. chunk.Select((row, i) => new NewPicture(row.Picture, Halves(vectors.Row(i))))], [], []));
        }

        var written = watch.Elapsed;
        writer.Finish([]);
        Console.WriteLine($"{pictures.Count:N0} vectors of {index.Dimension}: written in {written.TotalSeconds:0.0} s, "
            + $"graph built in {(watch.Elapsed - written).TotalSeconds:0.0} s");
    }

    private static async Task MeasureAsync(string address, int ef, Embeddings queries,
        IReadOnlyList<IReadOnlyList<FoundPicture>> exact)
    {
        using var store = await PostgresPictures.OpenAsync(address).ConfigureAwait(false);
        var (hits, seconds) = (0, new List<double>());
        for (var query = -5; query < queries.Count; query++) // the first ones warm up
        {
            var watch = Stopwatch.StartNew();
            var at = Math.Max(0, query);
            var found = await store.SearchAsync(queries.Rows([at]), new PictureSelection(Top)).ConfigureAwait(false);
            if (query >= 0)
            {
                seconds.Add(watch.Elapsed.TotalSeconds);
                var best = exact[at].Select(hit => hit.Picture.Id).ToHashSet();
                hits += found.Count(hit => best.Contains(hit.Picture.Id));
            }
        }

        seconds.Sort();
        Console.WriteLine($"ef_search {ef,3}: recall@{Top} {(double)hits / (Top * queries.Count):0.0000}, "
            + $"p50 {1e3 * seconds[seconds.Count / 2]:0.0} ms, p99 {1e3 * seconds[(int)(0.99 * (seconds.Count - 1))]:0.0} ms");
    }

    private static Func<IndexedPicture, bool> Among(List<(long Row, IndexedPicture Picture)> pictures)
    {
        var ids = pictures.Select(row => row.Picture.Id).ToHashSet();
        return picture => ids.Contains(picture.Id);
    }

    private static Half[] Halves(ReadOnlySpan<float> row)
    {
        var halves = new Half[row.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(row, halves);
        return halves;
    }
}
