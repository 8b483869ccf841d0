using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Strengths;

namespace ClipSharp.Evaluation.Tests.Probes.Strengths;

public sealed class StrengthSearchTests
{
    // Of rows -1 and 1 of two classes the difference w of the coefficients has w (1 + e^w) = 2 C: the strength is computed by
    // hand for the w that the score likes best.
    [Theory]
    [InlineData(0.375)]
    [InlineData(-0.5)] // 0.316
    [InlineData(-6.0)]
    [InlineData(6.0)]
    [InlineData(3.125)]
    public void It_finds_the_strength_on_the_grid_that_scores_best(double exponent)
    {
        var set = new ProbeSet(new Embeddings([-1, 1], 1), new ClassTargets([0, 1], 2));
        var best = Math.Log(Difference(Math.Pow(10, -exponent)));
        double Score(Embeddings scores) => -Math.Abs(Math.Log(scores.Row(1)[1] - scores.Row(1)[0]) - best);
        var options = new StrengthOptions { Score = Score, Training = new LogisticOptions { Precision = ProbePrecision.Fp64 } };
        var told = new List<StrengthTrial>();
        var found = StrengthSearch.Run(set, set, options, new Told(told));
        Assert.Equal(exponent, Math.Log10(found.Best.Strength), 1e-9);
        Assert.Equal(Math.Abs(exponent) == 6 ? 11 : 15, found.Trials.Count);
        Assert.Equal(found.Trials, told);
        var eighths = found.Trials.Select(trial => 8 * Math.Log10(trial.Strength));
        Assert.All(eighths, eighth => Assert.Equal(Math.Round(eighth), eighth, 1e-9));

        // The last training has each row twice.
        var weights = found.Fit.Classifier.Weights;
        Assert.Equal(Difference(2 * found.Best.C), weights[1] - weights[0], 1e-4 * Math.Max(1, weights[1] - weights[0]));
    }

    [Fact]
    public void Of_strengths_that_score_the_same_the_stronger_is_chosen()
    {
        var (train, validation) = MadeProblems.Classes(60, 5, 3).Split(0.3);
        var found = StrengthSearch.Run(train, validation, new StrengthOptions { Score = _ => 0.5 });
        Assert.Equal(1e6, found.Best.Strength, 1e-6);
        found = StrengthSearch.Run(train, validation,
            new StrengthOptions { Score = scores => Math.Abs(scores.Values[0]) < 1e-3 ? 0 : 1 });
        Assert.All(found.Trials, trial => Assert.True(trial.Strength <= found.Best.Strength || trial.Score == 0));
    }

    [Fact]
    public void A_score_that_is_no_number_is_refused()
    {
        var set = MadeProblems.Classes(60, 5, 3);
        var options = new StrengthOptions { Score = _ => double.NaN };
        var refusal = Assert.Throws<ClipException>(() => StrengthSearch.Run(set, set, options));
        Assert.Contains("strength 1e+06", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_takes_the_same_share_of_each_class_and_is_the_seeds()
    {
        int[] labels = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 10), 2];
        var set = new ProbeSet(MadeProblems.Features(61, 4, 3), new ClassTargets(labels, 3));
        var (train, validation) = set.Split(0.2, seed: 1);
        static int[] Of(ProbeSet split) => [.. ((ClassTargets)split.Targets).Labels];
        Assert.Equal([40, 8, 1], Of(train).CountBy(label => label).Select(count => count.Value));
        Assert.Equal([10, 2], Of(validation).CountBy(label => label).Select(count => count.Value));
        static float[] First(ProbeSet split) => [.. Enumerable.Range(0, split.Count).Select(row => split.Row(row)[0])];
        Assert.Equal(First(set).Order(), First(train).Concat(First(validation)).Order());
        Assert.Equal(First(validation), First(set.Split(0.2, seed: 1).Validation));
        Assert.NotEqual(First(validation), First(set.Split(0.2, seed: 2).Validation));
    }

    private static double Difference(double c)
    {
        var (low, high) = (0.0, 60.0);
        for (var i = 0; i < 200; i++)
        {
            var w = (low + high) / 2;
            (low, high) = w * (1 + Math.Exp(w)) < 2 * c ? (w, high) : (low, w);
        }

        return low;
    }

    private sealed class Told(List<StrengthTrial> all) : IProgress<StrengthTrial>
    {
        public void Report(StrengthTrial value) => all.Add(value);
    }
}
