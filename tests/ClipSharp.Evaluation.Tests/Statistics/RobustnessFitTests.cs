using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

[Trait("Category", "Numeric")]
public sealed class RobustnessFitTests
{
    private static readonly double[] In = [0.565, 0.698, 0.761, 0.783, 0.796, 0.843, 0.88];
    private static readonly double[] Shift = [0.431, 0.575, 0.637, 0.654, 0.675, 0.741, 0.785];
    private static readonly ReferenceModel[] Models = [.. In.Zip(Shift, (a, b) => new ReferenceModel($"{a}", a, b))];

    // scipy 1.10.1: linregress of the logits, then the logistic function of its line at logit(0.762).
    [Fact]
    public void The_line_through_logits_equals_scipy()
    {
        var fit = new RobustnessFit(Models);
        Assert.Equal(0.9059289007741927, fit.Line.Slope, 1e-9);
        Assert.Equal(-0.49542416549146473, fit.Line.Intercept, 1e-9);
        Assert.Equal(0.9988148963888579, fit.Line.Correlation, 1e-9);
        Assert.Equal(0.636171006728351, fit.Expected(0.762), 1e-9);
        Assert.Equal(0.06482899327164893, fit.EffectiveRobustness(0.762, 0.701).Value, 1e-9);
    }

    [Fact]
    public void A_line_of_accuracies_equals_scipy_and_its_slope_lies_in_its_interval()
    {
        // scipy 1.10.1: linregress(x, y).
        double[] x = [0.12, 0.35, 0.41, 0.58, 0.66, 0.79, 0.93], y = [0.05, 0.31, 0.28, 0.49, 0.61, 0.7, 0.91];
        var line = LinearFit.Of(x, y);
        Assert.Equal(1.0396095013058078, line.Slope, 1e-9);
        Assert.Equal(-0.09172864071632891, line.Intercept, 1e-9);
        Assert.Equal(0.9925537895388417, line.Correlation, 1e-9);
        var (low, high) = LinearFit.SlopeInterval(x, y);
        Assert.True(low < line.Slope && line.Slope < high && high - low is > 0.05 and < 0.5, $"{low} {high}");
    }

    [Fact]
    public void Points_above_one_another_have_no_line()
    {
        // The mean of equal numbers is off in its last bit for some counts.
        for (var count = 2; count < 60; count++)
        {
            var line = LinearFit.Of([.. Enumerable.Repeat(0.7, count)], [.. Enumerable.Range(0, count).Select(i => i / 60.0)]);
            Assert.Equal((double.NaN, double.NaN), (line.Slope, line.Correlation));
        }

        var level = LinearFit.Of([1, 2, 3], [0.1, 0.1, 0.1]);
        Assert.Equal((0.0, double.NaN), (Math.Round(level.Slope, 12), level.Correlation));
    }

    [Fact]
    public void The_band_holds_the_line_and_is_a_point_where_all_models_lie_on_it()
    {
        var (low, high) = new RobustnessFit(Models).Band(0.762);
        Assert.InRange(0.636171006728351, low, high);
        Assert.InRange(high - low, 0.001, 0.02);
        var effective = new RobustnessFit(Models).EffectiveRobustness(0.762, 0.701);
        Assert.Equal((0.701 - high, 0.701 - low), (effective.Low, effective.High));

        var onLine = new RobustnessFit([.. In.Select(a => new ReferenceModel("", a, a))]);
        Assert.Equal(0.762, onLine.Band(0.762).Low, 1e-9);
        Assert.Equal(0.762, onLine.Band(0.762).High, 1e-9);
    }

    [Fact]
    public void Models_that_know_nothing_or_everything_are_left_out_and_named()
    {
        ReferenceModel[] extremes = [new("all", 1, 0.9), new("none", 0.5, 0)];
        var fit = new RobustnessFit([.. Models, .. extremes]);
        Assert.Equal(extremes, fit.LeftOut);
        Assert.Equal(new RobustnessFit(Models).Line, fit.Line);
        Assert.Equal((0, 1), (fit.Expected(0), fit.Expected(1)));
    }

    [Fact]
    public void Two_models_are_no_line() => Assert.Contains("2 different accuracies", Assert.Throws<ClipException>(() =>
        new RobustnessFit([new("a", 0.5, 0.4), new("b", 0.6, 0.4), new("c", 0.6, 0.5), new("d", 1, 1)])).Message,
        StringComparison.Ordinal);
}
