using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests.Probes;

/// <summary>Twenty random problems that <c>tools/probe_problems.py</c> makes and scikit-learn solves.</summary>
[Trait("Category", "Numeric")]
public sealed class ScikitLearnTests(ITestOutputHelper output)
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public void Twenty_random_problems_have_scikit_learns_solution()
    {
        using var folder = new TemporaryFolder();
        Make(folder.Path);
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "index.json")));
        var problems = index.RootElement.GetProperty("problems");
        Assert.Equal(20, problems.GetArrayLength());
        for (var number = 0; number < 20; number++)
        {
            var problem = problems[number];
            Assert.InRange(problem.GetProperty("gradient_length").GetDouble(), 0, 2e-4); // theirs is the optimum
            var (classes, width) = (problem.GetProperty("classes").GetInt32(), problem.GetProperty("width").GetInt32());
            var features = new Embeddings(Numbers<float>(folder.Path, $"{number}-features"), width);
            var set = new ProbeSet(features, new ClassTargets(Numbers<int>(folder.Path, $"{number}-labels"), classes));
            var theirs = Expanded(Numbers<double>(folder.Path, $"{number}-coefficients"), classes, width);
            var probabilities = Numbers<double>(folder.Path, $"{number}-probabilities");
            foreach (var precision in new[] { ProbePrecision.Fp32, ProbePrecision.Fp64 })
            {
                var fit = LogisticRegression.Fit(set, new LogisticOptions
                {
                    C = problem.GetProperty("c").GetDouble(),
                    Precision = precision,
                });
                var coefficients = Largest(fit.Classifier.Weights, theirs);
                var off = Largest(fit.Classifier.Probabilities(features).Values.Select(value => (double)value), probabilities);
                output.WriteLine($"{number} {precision}: {classes} classes, [{set.Count}, {width}], {fit.Iterations} iterations, "
                    + $"gain left {fit.Gain:e1}; coefficients off {coefficients:e1}, probabilities {off:e1}");
                Assert.InRange(coefficients, 0, 1e-3);
                Assert.InRange(off, 0, 1e-4);
                var right = set.Targets.Accuracy(fit.Classifier.Scores(features));
                Assert.Equal(problem.GetProperty("accuracy").GetDouble(), right, 1e-12);
            }
        }
    }

    // Of two classes scikit-learn tells the second's vector less the first's.
    private static double[] Expanded(double[] coefficients, int classes, int width) => coefficients.Length == classes * width
        ? coefficients
        : [.. coefficients.Select(value => -value / 2), .. coefficients.Select(value => value / 2)];

    private static double Largest(IEnumerable<double> ours, IEnumerable<double> theirs) =>
        ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();

    private static T[] Numbers<T>(string folder, string name)
        where T : struct =>
        MemoryMarshal.Cast<byte, T>(Npy.Read(Path.Combine(folder, $"{name}.npy")).Bytes).ToArray();

    private static void Make(string folder)
    {
        Assert.SkipUnless(File.Exists(Python), $"There is no {Python}.");
        var (code, _) = Run("-c", "import sklearn");
        Assert.SkipUnless(code == 0, "scikit-learn is absent: install python3-sklearn.");
        var (made, said) = Run(Path.Combine(SharedFiles.Root, "tools", "probe_problems.py"), folder);
        Assert.True(made == 0, said);
    }

    private static (int Code, string Said) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardError = true,
            Environment = { ["OPENBLAS_NUM_THREADS"] = "1" }, // small products, and other tests beside them
        })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
