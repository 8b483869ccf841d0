using System.Diagnostics;
using System.Globalization;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Testing;

namespace ClipSharp.Benchmarks;

/// <summary><c>probe FOLDER [PYTHON [STRENGTHS]]</c>: the whole search of a probe's strength and its last training on 50,000
/// features of 512 and 100 classes; then, with a Python that has scikit-learn, its L-BFGS at the same strengths, or at some of them
/// (<c>probe_rival.py</c>), each in turn with ours from a cold start. Features look like CLIP's: of unit length with a strong common
/// mean; their classes overlap, in directions of falling weight.</summary>
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
        var clock = Stopwatch.StartNew();
        var search = StrengthSearch.Run(train, validation, new StrengthOptions(), new Told<StrengthTrial>(trial =>
            Console.WriteLine($"{clock.Elapsed.TotalSeconds,7:0.0} s: strength {trial.Strength:e2}, {trial.Fit.Iterations,4} iterations, "
                + $"{trial.Fit.Evaluations,4} passes, validation {trial.Score:P2}{(trial.Fit.Converged ? "" : ", not converged")}")));
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{seconds:0.0} s in all, {Environment.ProcessorCount} threads; strength {search.Best.Strength:g4}, "
            + $"test {test.Targets.Accuracy(search.Fit.Classifier.Scores(test)):P2}; peak {ResidentMemory.Peak >> 20} MiB, "
            + $"features of training {4L * Rows * Width >> 20} MiB, of the test {4L * Tests * Width >> 20} MiB");
        var passes = search.Trials.Sum(trial => trial.Fit.Evaluations * (double)train.Count)
            + (search.Fit.Evaluations * (double)set.Count);
        Console.WriteLine($"products of the passes: {4 * passes * Width * Classes / seconds / 1e9:0} GFLOP/s");
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

                var length = System.Numerics.Tensors.TensorPrimitives.Norm<float>(to);
                System.Numerics.Tensors.TensorPrimitives.Divide(to, length, to);
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
