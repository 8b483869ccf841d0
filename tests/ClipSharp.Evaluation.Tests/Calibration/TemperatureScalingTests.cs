using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Tests.Metrics;

namespace ClipSharp.Evaluation.Tests.Calibration;

[Trait("Category", "Numeric")]
public sealed class TemperatureScalingTests
{
    private static readonly MetricsFixture Fixture = new();
    private static readonly Embeddings Scores = Fixture.Rows("multiclass/scores");
    private static readonly int[] Labels = Fixture.Indices("multiclass/labels");

    // At 1/50 the scores are like cosines, at 30 a model is far too sure.
    [Theory]
    [InlineData(1)]
    [InlineData(0.02)]
    [InlineData(30)]
    public void The_temperature_is_that_of_a_fine_grid(double scale)
    {
        var fit = Fit(Labels, scale);
        Assert.False(fit.IsBounded);
        Assert.Equal(Loss(scale, 1), fit.LossBefore, 1e-9);
        Assert.Equal(Loss(scale, fit.Temperature), fit.LossAfter, 1e-9);

        // 401 temperatures from 1/e to e times what was found: none is better, and the best of them is next to it.
        var best = Enumerable.Range(-200, 401).MinBy(step => Loss(scale, fit.Temperature * Math.Exp(step / 200.0)));
        Assert.Equal(0, best);
    }

    [Fact]
    public void The_loss_is_the_metric()
    {
        Assert.Equal(new LogLoss().Value(Rows.OfLogits(Scores, Labels)), Fit(Labels, 1).LossBefore, 1e-9);
    }

    [Fact]
    public void Logits_times_ten_give_ten_times_the_temperature() =>
        Assert.Equal(10, Fit(Labels, 20).Temperature / Fit(Labels, 2).Temperature, 1e-9);

    [Fact]
    public void Where_the_loss_has_no_minimum_it_says_so()
    {
        // All right: the colder the better. All wrong: the hotter the better. Sure beyond rounding: nothing to see.
        int[] best = [.. Enumerable.Range(0, Scores.Count).Select(row => Place(row, Enumerable.Max))];
        int[] worst = [.. Enumerable.Range(0, Scores.Count).Select(row => Place(row, Enumerable.Min))];
        Assert.True(Fit(best, 1) is { IsBounded: true, Temperature: < 1e-5 } or { IsBounded: true, LossAfter: 0 });
        Assert.True(Fit(worst, 1) is { IsBounded: true, Temperature: > 1e5 });
        Assert.True(Fit(best, 1e9) is { IsBounded: true, Temperature: 1, LossAfter: 0 });

        int Place(int row, Func<IEnumerable<float>, float> of) =>
            Array.IndexOf(Scores.Row(row).ToArray(), of(Scores.Row(row).ToArray()));
    }

    [Fact]
    public void Logits_that_are_no_numbers_strange_labels_and_no_rows_are_refused()
    {
        Assert.Contains("no number", Assert.Throws<ClipException>(() => Fit(Labels, double.NaN)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Fit([0, 9], 1));
        Assert.Throws<ClipException>(() => Fit([], 1));
    }

    private static TemperatureScaling Fit(int[] labels, double scale) =>
        TemperatureScaling.Fit(labels, Scores.Dimension, (row, logits) =>
        {
            for (var c = 0; c < logits.Length; c++)
            {
                logits[c] = scale * Scores.Row(row)[c];
            }
        });

    private static double Loss(double scale, double temperature) => Labels.Select((label, row) =>
    {
        double[] logits = [.. Scores.Row(row).ToArray().Select(score => scale * score / temperature)];
        return Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max()))) + logits.Max() - logits[label];
    }).Average();
}
