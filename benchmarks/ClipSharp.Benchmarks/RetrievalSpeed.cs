using System.Diagnostics;
using System.Globalization;
using ClipSharp.Retrieval;

namespace ClipSharp.Benchmarks;

/// <summary><c>retrieval QUERIES ITEMS</c>: the exact rank of one own item for each query among all items, vectors of 512 in
/// float32, as <c>eval --task zeroshot_retrieval</c> ranks them; in turn the same for a sixteenth of the queries on one thread.
/// Seconds, the rate of products, and the process's memory beside that of the vectors.</summary>
internal static class RetrievalSpeed
{
    public const string Argument = "retrieval";

    private const int Width = 512;

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var queryCount, var itemCount])
        {
            throw new ArgumentException("retrieval QUERIES ITEMS");
        }

        var items = Drawn(int.Parse(itemCount, CultureInfo.InvariantCulture), seed: 1);
        var queries = Drawn(int.Parse(queryCount, CultureInfo.InvariantCulture), seed: 2);
        int[] own = [.. Enumerable.Range(0, queries.Count).Select(query => (int)((long)query * items.Count / queries.Count))];
        var vectors = ((long)items.Count + queries.Count) * Width * sizeof(float);
        var watch = Stopwatch.StartNew();
        var ranks = OwnRank.Compute(queries, items, own);
        var seconds = watch.Elapsed.TotalSeconds;
        var operations = 2.0 * queries.Count * items.Count * Width;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{queries.Count:N0} queries, {items.Count:N0} items of {Width}: {seconds:0.0} s, "
            + $"{operations / seconds / 1e9:0} GFLOP/s, {Environment.ProcessorCount} threads");
        Console.WriteLine($"mean rank {ranks.Average(rank => rank.Mean):0.0}; vectors {vectors / 1e6:N0} MB, "
            + $"process at most {process.PeakWorkingSet64 / 1e6:N0} MB");
    }

    // Of about unit length: their directions are what counts here.
    private static Embeddings Drawn(int count, int seed)
    {
        var values = new float[checked(count * Width)];
        Parallel.For(0, count, row =>
        {
            var random = new RandomStream(seed, RandomPurpose.Resampling, row);
            var numbers = values.AsSpan(row * Width, Width);
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (float)((random.NextDouble() - 0.5) * 0.15);
            }
        });
        return new Embeddings(values, Width);
    }
}
