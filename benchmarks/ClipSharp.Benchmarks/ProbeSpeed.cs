using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Solver;
using ClipSharp.Evaluation.Probes.Strengths;
using ClipSharp.Testing;
using ClipSharp.Weights;

namespace ClipSharp.Benchmarks;

/// <summary><c>probe FOLDER [PYTHON [STRENGTHS]]</c>: the whole search of a probe's strength and its last training on 50,000
/// features of 512 and 100 classes; then, with a Python that has scikit-learn, its L-BFGS at the same strengths, or at some of
/// them (<c>probe_rival.py</c>), each in turn with ours from a cold start. Features look like CLIP's: of unit length with a
/// strong common mean; their classes overlap, in directions of falling weight.</summary>
internal static class ProbeSpeed
{
    public const string Argument = "probe";

    private const int Rows = 50_000;
    private const int Tests = 10_000;
    private const int Width = 512;
    private const int Classes = 100;
    private const float Mean = 2.5f;
    private const float Apart = 0.2f; // of classes, beside the rows' own deviation
    private const float LeastScale = 0.1f; // of the last direction, beside the first

    private static readonly Vector<float>[] Sums = new Vector<float>[1]; // where a compiler cannot know that nobody reads

    // Seconds of all processors: what other work beside does not change much.
    private static double Busy => Environment.CpuUsage.TotalTime.TotalSeconds;

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var folder, .. var rival])
        {
            throw new ArgumentException("probe FOLDER [PYTHON [STRENGTHS]]");
        }

        Directory.CreateDirectory(folder);
        var (set, test) = Draw();
        var (train, validation) = set.Split();
        ResidentMemory.Settle();
        ResidentMemory.ForgetPeak();
        var before = ResidentMemory.Now;
        var cpu = Busy;
        var clock = Stopwatch.StartNew();
        var search = StrengthSearch.Run(train, validation, new StrengthOptions(), new Told<StrengthTrial>(trial =>
            Console.WriteLine($"{clock.Elapsed.TotalSeconds,7:0.0} s: strength {trial.Strength:e2}, {trial.Fit.Iterations,4} "
                + $"iterations, {trial.Fit.Evaluations,4} passes, validation {trial.Score:P2}"
                + (trial.Fit.Converged ? "" : ", not converged"))));
        var seconds = clock.Elapsed.TotalSeconds;
        var accuracy = test.Targets.Accuracy(search.Fit.Classifier.Scores(test));
        var busy = Busy - cpu;
        Console.WriteLine($"{seconds:0.0} s in all, {busy:0.0} s of processors, {Environment.ProcessorCount} threads; "
            + $"strength {search.Best.Strength:g4}, "
            + $"last training {search.Fit.Iterations} iterations, gain left {search.Fit.Gain:e1}; test {accuracy:P2}; peak "
            + $"{ResidentMemory.Peak >> 20} MiB, of which {before >> 20} MiB before: the runtime, and features of training "
            + $"{4L * Rows * Width >> 20} MiB, of the test {4L * Tests * Width >> 20} MiB");
        var rows = search.Trials.Sum(trial => trial.Fit.Evaluations * (double)train.Count)
            + (search.Fit.Evaluations * (double)set.Count);
        var rate = 4 * rows * Width * Classes / busy / 1e9;
        var (alone, most) = (Product(), Multipliers());
        Console.WriteLine($"products of the passes {rate:0} GFLOP/s of a processor, all else included; the kernel alone "
            + $"{alone:0} GFLOP/s, {alone / most:P0} of what the multipliers do ({most:0}) with vectors of {Vector<float>.Count}");
        if (rival is [var python, .. var strengths])
        {
            Save(folder, "train", train);
            Save(folder, "validation", validation);
            Save(folder, "test", test);
            Compare(folder, python, strengths is [var some] ? [.. some.Split(',').Select(double.Parse)]
                : [.. search.Trials.Select(trial => trial.Strength)], train, search, accuracy, seconds);
        }
    }

    private static void Compare(string folder, string python, double[] strengths, ProbeSet train, StrengthResult search,
        double accuracy, double seconds)
    {
        var most = new LogisticOptions().MaxIterations;
        using var process = Process.Start(new ProcessStartInfo(python,
            [Path.Combine(AppContext.BaseDirectory, "probe_rival.py"), folder, $"{most}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Console.WriteLine(process.StandardOutput.ReadLine());
        var all = 0.0;
        foreach (var strength in strengths)
        {
            var before = Busy;
            var clock = Stopwatch.StartNew();
            var fit = LogisticRegression.Fit(train, new LogisticOptions { C = 1 / strength, Tolerance = 1e-9 });
            var own = clock.Elapsed.TotalSeconds;
            var ownBusy = Busy - before;
            var theirs = Ask(1 / strength, "train");
            all += theirs[0];
            Console.WriteLine($"strength {strength:e2}: ours, cold, {own:0.0} s ({ownBusy:0.0} of processors), {fit.Iterations} "
                + $"iterations; theirs {theirs[0]:0.0} s ({theirs[1]:0.0}), {theirs[3]} iterations, validation {theirs[2]:P2}: "
                + $"{theirs[0] / own:0.0} times as fast, {theirs[1] / ownBusy:0.0} by processors");
        }

        var last = Ask(search.Best.C, "both");
        Console.WriteLine($"last training: theirs {last[0]:0.0} s ({last[1]:0.0} of processors), {last[3]} iterations, "
            + $"test {last[2]:P2}, ours {accuracy:P2}");
        if (strengths.Length == search.Trials.Count)
        {
            Console.WriteLine($"whole search and last training: ours {seconds:0.0} s, theirs {all + last[0]:0.0} s: "
                + $"{(all + last[0]) / seconds:0.0} times as fast");
        }

        process.StandardInput.Close();
        process.WaitForExit();

        double[] Ask(double c, string set)
        {
            process.StandardInput.WriteLine($"{c:r} {set} float32");
            process.StandardInput.Flush();
            return [.. process.StandardOutput.ReadLine()!.Split(' ').Select(double.Parse)];
        }
    }

    private static void Save(string folder, string name, ProbeSet set)
    {
        using var features = File.Create(Path.Combine(folder, $"{name}-features.npy"));
        Npy.WriteHeader(features, TensorType.F32, [set.Count, Width]);
        for (var row = 0; row < set.Count; row++)
        {
            features.Write(MemoryMarshal.AsBytes(set.Row(row)));
        }

        using var labels = File.Create(Path.Combine(folder, $"{name}-labels.npy"));
        Npy.WriteHeader(labels, TensorType.I32, [set.Count]);
        labels.Write(MemoryMarshal.AsBytes<int>([.. ((ClassTargets)set.Targets).Labels]));
    }

    // A tile's products, as in a pass: the most of many runs, whatever else the machine does.
    private static double Product()
    {
        var (rows, padded) = (192, MatrixProduct.Padded<float>(Classes));
        var wide = MatrixProduct.Padded<float>(Width + 1);
        var (tile, weights, scores) = (new float[rows * wide], new float[(Width + 1) * padded], new float[rows * padded]);
        var sums = new float[Classes * wide];
        return 4.0 * rows * Width * Classes / Least(() =>
        {
            MatrixProduct.Multiply<float>(tile, wide, 1, weights, padded, scores, padded, rows, padded, Width + 1);
            MatrixProduct.Multiply<float>(scores, 1, padded, tile, wide, sums, wide, Classes, wide, rows);
        }) / 1e9;
    }

    // Twelve sums in registers, as wide as the kernel's.
    private static double Multipliers()
    {
        const int Steps = 100_000;
        return 12 * 2.0 * Vector<float>.Count * Steps / Least(static () =>
        {
            Span<float> starts = stackalloc float[12 + Vector<float>.Count];
            starts.Clear();
            var (a, b, c) = (new Vector<float>(starts), new Vector<float>(starts[1..]), new Vector<float>(starts[2..]));
            var (d, e, f) = (new Vector<float>(starts[3..]), new Vector<float>(starts[4..]), new Vector<float>(starts[5..]));
            var (g, h, i) = (new Vector<float>(starts[6..]), new Vector<float>(starts[7..]), new Vector<float>(starts[8..]));
            var (j, k, l) = (new Vector<float>(starts[9..]), new Vector<float>(starts[10..]), new Vector<float>(starts[11..]));
            var x = new Vector<float>(0.5f);
            for (var step = 0; step < Steps; step++)
            {
                a = Vector.FusedMultiplyAdd(a, x, x);
                b = Vector.FusedMultiplyAdd(b, x, x);
                c = Vector.FusedMultiplyAdd(c, x, x);
                d = Vector.FusedMultiplyAdd(d, x, x);
                e = Vector.FusedMultiplyAdd(e, x, x);
                f = Vector.FusedMultiplyAdd(f, x, x);
                g = Vector.FusedMultiplyAdd(g, x, x);
                h = Vector.FusedMultiplyAdd(h, x, x);
                i = Vector.FusedMultiplyAdd(i, x, x);
                j = Vector.FusedMultiplyAdd(j, x, x);
                k = Vector.FusedMultiplyAdd(k, x, x);
                l = Vector.FusedMultiplyAdd(l, x, x);
            }

            Sums[0] = a + b + c + d + e + f + g + h + i + j + k + l;
        }) / 1e9;
    }

    private static double Least(Action work)
    {
        for (var i = 0; i < 200; i++)
        {
            work();
        }

        return Enumerable.Range(0, 300).Min(_ => Spread.Seconds(work));
    }

    private static (ProbeSet Set, ProbeSet Test) Draw()
    {
        var random = new Random(1);
        float[] mean = [.. Enumerable.Range(0, Width).Select(_ => Mean * Normal(random))];
        float[] scale = [.. Enumerable.Range(0, Width).Select(i => float.Pow(LeastScale, (float)i / Width))];
        float[][] centres = [.. Enumerable.Range(0, Classes).Select(_ => Enumerable.Range(0, Width)
            .Select(i => Apart * scale[i] * Normal(random)).ToArray())];
        ProbeSet Rows(int count)
        {
            var (numbers, labels) = (new float[count * Width], new int[count]);
            for (var row = 0; row < count; row++)
            {
                var to = numbers.AsSpan(row * Width, Width);
                labels[row] = random.Next(Classes);
                for (var i = 0; i < Width; i++)
                {
                    to[i] = mean[i] + centres[labels[row]][i] + (scale[i] * Normal(random));
                }

                var length = TensorPrimitives.Norm<float>(to);
                TensorPrimitives.Divide(to, length, to);
            }

            return new ProbeSet(new Embeddings(numbers, Width), new ClassTargets(labels, Classes));
        }

        return (Rows(ProbeSpeed.Rows), Rows(Tests));
    }

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
        * Math.Cos(2 * Math.PI * random.NextDouble()));

    private sealed class Told<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
