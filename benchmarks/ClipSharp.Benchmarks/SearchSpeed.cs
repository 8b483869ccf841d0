using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Search.Vectors;
using ClipSharp.Weights;

namespace ClipSharp.Benchmarks;

/// <summary><c>search ROWS FOLDER [PYTHON]</c>: exact search of one query and of 64 over float16 vectors of 512, in turn with
/// reading the same memory; the graph (<see cref="GraphSpeed"/>); and, with a Python that has NumPy and faiss, exact search in
/// turn with those (<c>search_rivals.py</c>). The vectors have structure, without which no graph finds anything: points of 256
/// normal clouds in a space of 48 numbers, mapped to 512 by one drawn matrix, and an eighth of their length in every direction.
/// Queries are drawn the same way.</summary>
internal static class SearchSpeed
{
    public const string Argument = "search";

    public const int Width = 512;
    private const int Many = 64;
    public const int Top = 10;
    private const int GraphQueries = 1000;
    private const int Latent = 48;
    private const int Clouds = 256;
    private const float CloudWidth = 1; // of the distance of clouds from the middle
    private const float Noise = 0.125f;

    private static readonly float[][] Map = Drawn(seed: 3, Latent, Width);
    private static readonly float[][] Centres = Drawn(seed: 4, Clouds, Latent);

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var count, var folder, .. var python])
        {
            throw new ArgumentException("search ROWS FOLDER [PYTHON]");
        }

        var rows = int.Parse(count, CultureInfo.InvariantCulture);
        var path = Made(folder, rows);
        using var vectors = MappedVectors.Open(path);
        var (one, many) = (Queries(1), Queries(Many));
        Console.WriteLine($"{rows:N0} vectors of {Width}, float16, {Environment.ProcessorCount} threads");
        Measure(vectors, one, 100);
        Measure(vectors, many, 20);
        GraphSpeed.Run(vectors, Queries(GraphQueries), Path.Combine(folder, $"clouds-{rows}.usearch"));
        if (python is [var interpreter])
        {
            Compare(vectors, interpreter, path, one, many);
        }
    }

    private static void Measure(MappedVectors vectors, Embeddings queries, int rounds)
    {
        var turns = Turns.Of(rounds, 1, () => Search(vectors, queries), () => Read(vectors));
        double[] ours = [.. turns.Seconds[0].Order()];
        var bytes = (double)vectors.Count * Width * 2;
        var read = turns.Of(1).Median;
        Console.WriteLine($"{queries.Count,2} {(queries.Count == 1 ? "query " : "queries")}: p50 {1e3 * ours[ours.Length / 2]:0.0} ms, "
            + $"p99 {1e3 * ours[(int)(0.99 * (ours.Length - 1))]:0.0} ms, {bytes / ours[ours.Length / 2] / 1e9:0.0} GB/s; "
            + $"reading alone {1e3 * read:0.0} ms, {bytes / read / 1e9:0.0} GB/s; share {turns.Ratio(0, 1).Median:P0}, "
            + $"{2.0 * vectors.Count * Width * queries.Count / ours[ours.Length / 2] / 1e9:0} GFLOP/s");
    }

    private static void Compare(MappedVectors vectors, string python, string path, params ReadOnlySpan<Embeddings> sets)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "search_rivals.py");
        using var rivals = Process.Start(new ProcessStartInfo(python, [script, path, $"{Top}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Console.WriteLine(rivals.StandardOutput.ReadLine());
        foreach (var queries in sets)
        {
            var count = queries.Count;
            foreach (var rival in new[] { "numpy", "faiss" })
            {
                var turns = Turns.Of(count == 1 ? 20 : 5, 1, () => Search(vectors, queries), () => Ask($"{rival} {count}"));
                Console.WriteLine($"{count,2} of {rival,-6} {1e3 * turns.Of(1).Median,8:0.0} ms, "
                    + $"ours {1e3 * turns.Of(0).Median,8:0.0} ms: {turns.Ratio(0, 1).Median:0.00} times as fast");
            }
        }

        rivals.StandardInput.Close();
        rivals.WaitForExit();

        void Ask(string what)
        {
            rivals.StandardInput.WriteLine(what);
            rivals.StandardInput.Flush();
            rivals.StandardOutput.ReadLine();
        }
    }

    /// <summary>The ten best of each query.</summary>
    public static void Search(MappedVectors vectors, Embeddings queries) => ExactSearch.Find(queries, [vectors], null, Top);

    /// <summary>Every byte of the vectors once.</summary>
    public static unsafe void Read(MappedVectors vectors)
    {
        using var rows = vectors.Rows();
        MemoryReading.Read((nint)rows.First, (long)vectors.Count * Width * 2);
    }

    /// <summary>The file of drawn vectors, written where it is missing.</summary>
    public static string Made(string folder, int rows)
    {
        var path = Path.Combine(folder, $"clouds-{rows}.npy");
        if (!File.Exists(path))
        {
            Make(path, rows);
        }

        return path;
    }

    private static void Make(string path, int rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        Npy.WriteHeader(file, TensorType.F16, [rows, Width]);
        var random = new Random(1);
        var halves = new Half[Width];
        for (var row = 0; row < rows; row++)
        {
            TensorPrimitives.ConvertToHalf(Unit(random), halves);
            file.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
        }
    }

    public static Embeddings Queries(int count)
    {
        var random = new Random(2);
        return new Embeddings([.. Enumerable.Range(0, count).SelectMany(_ => Unit(random))], Width);
    }

    private static float[] Unit(Random random)
    {
        var (latent, numbers) = (new float[Latent], new float[Width]);
        var centre = Centres[random.Next(Clouds)];
        for (var i = 0; i < Latent; i++)
        {
            latent[i] = centre[i] + (CloudWidth * Normal(random));
            TensorPrimitives.MultiplyAdd(Map[i], latent[i], numbers, numbers);
        }

        var noise = Noise * TensorPrimitives.Norm(numbers) / float.Sqrt(Width);
        for (var i = 0; i < Width; i++)
        {
            numbers[i] += noise * Normal(random);
        }

        TensorPrimitives.Divide(numbers, TensorPrimitives.Norm(numbers), numbers);
        return numbers;
    }

    private static float[][] Drawn(int seed, int count, int width)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, width).Select(_ => Normal(random)).ToArray())];
    }

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
        * Math.Cos(2 * Math.PI * random.NextDouble()));
}
