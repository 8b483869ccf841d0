using System.Globalization;
using ClipSharp.Evaluation.Probes;

namespace ClipSharp.Evaluation.Tests.Probes;

[Trait("Category", "Numeric")]
public sealed class LogisticRegressionTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0.316", ProbePrecision.Fp32)]
    [InlineData("3.16", ProbePrecision.Fp32)]
    [InlineData("100", ProbePrecision.Fp32)]
    [InlineData("0.316", ProbePrecision.Fp64)]
    [InlineData("3.16", ProbePrecision.Fp64)]
    [InlineData("100", ProbePrecision.Fp64)]
    public void As_usual_it_ends_near_the_optimum_and_is_as_right_as_scikit_learn(string c, ProbePrecision precision)
    {
        using var fixture = new ProbeFixture();
        var fit = LogisticRegression.Fit(fixture.Train, Options(c) with { Precision = precision });
        var (coefficients, probabilities) = Off(fixture, fit.Classifier, c);
        output.WriteLine($"{fit.Iterations} iterations, {fit.Evaluations} passes, gradient {fit.GradientNorm:e1}; coefficients off "
            + $"{coefficients:e1}, probabilities {probabilities:e1}");
        Assert.True(fit.Converged);
        Assert.InRange(coefficients, 0, 1e-3);
        Assert.InRange(probabilities, 0, 1e-4);
        Assert.Equal(0, fit.Classifier.Bias.Sum(), 1e-9);
        var theirs = fixture.TestTargets.Accuracy(fixture.Classifier("sklearn", c).Scores(fixture.TestFeatures));
        Assert.True(fixture.TestTargets.Accuracy(fit.Classifier.Scores(fixture.TestFeatures)) >= theirs);
    }

    [Theory]
    [InlineData("0.316")]
    [InlineData("3.16")]
    [InlineData("100")]
    public void Iterated_to_the_end_in_float64_it_is_the_optimum(string c)
    {
        using var fixture = new ProbeFixture();
        var fit = LogisticRegression.Fit(fixture.Train, Options(c) with { Precision = ProbePrecision.Fp64, Tolerance = 1e-18 });
        var (coefficients, probabilities) = Off(fixture, fit.Classifier, c);
        output.WriteLine($"{fit.Iterations} iterations, {fit.Evaluations} passes, gradient {fit.GradientNorm:e1}; coefficients off "
            + $"{coefficients:e1}, probabilities {probabilities:e1}");
        Assert.True(fit.Converged);
        Assert.InRange(probabilities, 0, 1e-6);
        Assert.InRange(coefficients, 0, 1e-6);
    }

    // 3 chunks of rows, and sizes that no tile and no vector divides.
    [Theory]
    [InlineData(ProbePrecision.Fp32)]
    [InlineData(ProbePrecision.Fp64)]
    public void Any_number_of_threads_leads_to_the_same_bits(ProbePrecision precision)
    {
        var set = MadeProblems.Classes(1001, 37, 11);
        LogisticFit Fit(int threads) =>
            LogisticRegression.Fit(set, new LogisticOptions { Precision = precision, Threads = threads });
        var (one, two, five) = (Fit(1), Fit(2), Fit(5));
        Assert.Equal(one.Classifier.Weights, two.Classifier.Weights);
        Assert.Equal(one.Classifier.Bias, two.Classifier.Bias);
        Assert.Equal(one.Classifier.Weights, five.Classifier.Weights);
    }

    // float32 rounds by 2^-24 = 6e-8; the bound leaves room for sums of 1,001 rows and for the tolerance.
    [Fact]
    public void Float32_ends_where_float64_does()
    {
        var set = MadeProblems.Classes(1001, 37, 11);
        var single = LogisticRegression.Fit(set, new LogisticOptions { C = 10 });
        var twice = LogisticRegression.Fit(set, new LogisticOptions { C = 10, Precision = ProbePrecision.Fp64 });
        Assert.InRange(Largest(single.Classifier.Weights, twice.Classifier.Weights), 0, 1e-5);
        Assert.Equal(twice.Objective, single.Objective, 1e-5 * twice.Objective);
    }

    [Fact]
    public void A_warm_start_leads_to_where_a_cold_one_does_in_fewer_steps()
    {
        var set = MadeProblems.Classes(500, 20, 4);
        var near = LogisticRegression.Fit(set, new LogisticOptions { C = 0.9, Precision = ProbePrecision.Fp64 });
        var options = new LogisticOptions { Precision = ProbePrecision.Fp64, Tolerance = 1e-18 };
        var (cold, warm) = (LogisticRegression.Fit(set, options), LogisticRegression.Fit(set, options, near.Classifier));
        Assert.InRange(Largest(cold.Classifier.Weights, warm.Classifier.Weights), 0, 1e-6);
        Assert.InRange(Largest(cold.Classifier.Bias, warm.Classifier.Bias), 0, 1e-6);
        Assert.True(warm.Iterations < cold.Iterations);
        var there = LogisticRegression.Fit(set, options with { Tolerance = 1e-13 }, cold.Classifier);
        Assert.Equal(0, there.Iterations);
    }

    [Fact]
    public void Labels_are_problems_of_their_own_and_ignored_rows_are_not_there()
    {
        const int Rows = 300;
        var features = MadeProblems.Features(Rows, 9, 3);
        var random = new RandomStream(5, RandomPurpose.Synthesis);
        var states = new LabelState[Rows * 2];
        for (var i = 0; i < states.Length; i++)
        {
            states[i] = random.NextBool(0.2) ? LabelState.Ignored : (LabelState)random.NextInt32(2);
        }

        var options = new LogisticOptions { C = 2, Precision = ProbePrecision.Fp64 };
        var fit = LogisticRegression.Fit(new ProbeSet(features, new LabelTargets(states, 2)), options);
        for (var label = 0; label < 2; label++)
        {
            int[] rows = [.. Enumerable.Range(0, Rows).Where(row => states[(row * 2) + label] != LabelState.Ignored)];
            var alone = LogisticRegression.Fit(new ProbeSet(features.Rows(rows),
                new ClassTargets([.. rows.Select(row => (int)states[(row * 2) + label])], 2)), options).Classifier;
            var of = fit.Classifier.Weights.Skip(label * 9).Take(9);
            Assert.InRange(Largest(of, alone.Weights.Skip(9).Zip(alone.Weights, (one, none) => one - none)), 0, 1e-5);
            Assert.Equal(alone.Bias[1] - alone.Bias[0], fit.Classifier.Bias[label], 1e-5);
        }
    }

    [Theory]
    [InlineData(ProbePrecision.Fp32)]
    [InlineData(ProbePrecision.Fp64)]
    public void Where_the_penalty_rules_coefficients_are_small_and_not_none(ProbePrecision precision)
    {
        const double C = 1e-12;
        const int Classes = 4;
        const int Width = 20;
        var set = MadeProblems.Classes(500, Width, Classes);
        var labels = ((ClassTargets)set.Targets).Labels;

        var fit = LogisticRegression.Fit(set, new LogisticOptions { C = C, Precision = precision, Tolerance = 1e-9 });

        // To first order in C: C times the sum of (one or none less the class's share) times the features.
        double[] expected = [.. from k in Enumerable.Range(0, Classes)
                                from at in Enumerable.Range(0, Width)
                                let share = labels.Count(label => label == k) / (double)set.Count
                                select C * Enumerable.Range(0, set.Count)
                                    .Sum(row => ((labels[row] == k ? 1 : 0) - share) * set.Row(row)[at])];
        Assert.InRange(Largest(fit.Classifier.Weights, expected) / expected.Max(Math.Abs), 0, 1e-3);
    }

    [Fact]
    public void It_is_told_of_each_iteration_and_can_be_stopped()
    {
        var set = MadeProblems.Classes(500, 20, 4);
        var told = new Told();
        var fit = LogisticRegression.Fit(set, new LogisticOptions(), progress: told);
        Assert.Equal(Enumerable.Range(1, fit.Iterations), told.All.Select(progress => progress.Iteration));
        Assert.Equal((fit.Objective, fit.GradientNorm), (told.All[^1].Objective, told.All[^1].GradientNorm));
        using var stop = new CancellationTokenSource();
        told.Then = stop.Cancel;
        Assert.ThrowsAny<OperationCanceledException>(() =>
            LogisticRegression.Fit(set, new LogisticOptions(), progress: told, cancel: stop.Token));
    }

    [Fact]
    public void At_the_limit_of_iterations_it_says_so()
    {
        var fit = LogisticRegression.Fit(MadeProblems.Classes(500, 20, 4), new LogisticOptions { MaxIterations = 3 });
        Assert.Equal((3, false), (fit.Iterations, fit.Converged));
        Assert.True(fit.Gain > new LogisticOptions().Tolerance);
    }

    [Fact]
    public void What_cannot_be_learnt_is_refused()
    {
        var features = MadeProblems.Features(4, 3, 2);
        ProbeSet Set(params int[] labels) => new(features, new ClassTargets(labels, 2));
        Refused("class 1 only", () => LogisticRegression.Fit(Set(1, 1, 1, 1), new LogisticOptions()));
        Refused("label 1 in none", () => LogisticRegression.Fit(new ProbeSet(features, new LabelTargets([
            LabelState.Present, LabelState.Absent, LabelState.Absent, LabelState.Ignored,
            LabelState.Absent, LabelState.Absent, LabelState.Absent, LabelState.Absent], 2)), new LogisticOptions()));
        Refused("picture 2", () => Set(0, 1, 2, 0));
        Refused("picture 1", () => Set(0, -1, 1, 0));
        foreach (var c in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Refused("(C)", () => LogisticRegression.Fit(Set(0, 1, 0, 1), new LogisticOptions { C = c }));
        }

        features.Values[7] = float.NaN;
        Refused("features of picture 2", () => Set(0, 1, 0, 1));
    }

    private static void Refused(string said, Action act) => Assert.Contains(said, Assert.Throws<ClipException>(act).Message);

    private static LogisticOptions Options(string c) => new() { C = double.Parse(c, CultureInfo.InvariantCulture) };

    private static (double Coefficients, double Probabilities) Off(ProbeFixture fixture, LinearClassifier ours, string c)
    {
        var optimum = fixture.Classifier("optimum", c);
        var probabilities = ours.Probabilities(fixture.TestFeatures).Values.Select(value => (double)value);
        return (Math.Max(Largest(ours.Weights, optimum.Weights), Largest(ours.Bias, optimum.Bias)),
            Largest(probabilities, fixture.Probabilities("optimum", c)));
    }

    private static double Largest(IEnumerable<double> ours, IEnumerable<double> theirs) =>
        ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();

    private sealed class Told : IProgress<LogisticProgress>
    {
        public List<LogisticProgress> All { get; } = [];

        public Action? Then { get; set; }

        public void Report(LogisticProgress value)
        {
            All.Add(value);
            Then?.Invoke();
        }
    }
}
