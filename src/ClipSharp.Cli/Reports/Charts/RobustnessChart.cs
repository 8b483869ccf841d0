using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A model on a set and on one that is shifted from it.</summary>
/// <param name="Model">Its place among the models; −1 for one of those that the fit is made of.</param>
/// <param name="Usual">Accuracy on the set that models are fitted to.</param>
/// <param name="Shifted">Accuracy on the other, with its interval.</param>
internal sealed record RobustnessPoint(int Model, double Usual, Dot Shifted);

/// <summary>Accuracy under shift over accuracy without (paper, figure 13), both by their odds, on which models trained on the
/// usual set alone lie on a line.</summary>
internal sealed record RobustnessChart : Chart
{
    private const byte Faint = 40;

    public required IReadOnlyList<RobustnessPoint> Points { get; init; }

    /// <summary>The fit: (usual, expected, low, high), rising; empty = none.</summary>
    public IReadOnlyList<(double Usual, double Expected, double Low, double High)> Fit { get; init; } = [];

    /// <summary>What the axis along is of.</summary>
    public string UsualName { get; init; } = "";

    /// <summary>What the axis upwards is of.</summary>
    public string ShiftedName { get; init; } = "";

    protected override PlotModel Model()
    {
        double[] usual = [.. Points.Select(point => point.Usual).Concat(Fit.Select(point => point.Usual)).Select(Inside)];
        double[] shifted = [.. Points.SelectMany(point => (double[])
            [point.Shifted.Value, point.Shifted.Low ?? point.Shifted.Value, point.Shifted.High ?? point.Shifted.Value])
            .Concat(Fit.SelectMany(point => (double[])[point.Low, point.High])).Select(Inside)];
        var (x, y) = (AxisTicks.Logit(usual.Min(), usual.Max()), AxisTicks.Logit(shifted.Min(), shifted.Max()));
        var model = new PlotModel();
        model.Axes.Add(new TickedAxis(AxisPosition.Bottom, x, MetricText.Percent) { Title = UsualName });
        model.Axes.Add(new TickedAxis(AxisPosition.Left, y, MetricText.Percent) { Title = ShiftedName });
        model.Series.Add(Line(Enumerable.Range(0, 41).Select(i => x.Low + ((x.High - x.Low) * i / 40))
            .Where(value => value >= y.Low && value <= y.High).Select(value => (value, value)),
            ChartColors.Soft, LineStyle.Dash));
        if (Fit.Count > 0)
        {
            var band = new AreaSeries { Color = OxyColors.Transparent, Fill = OxyColor.FromAColor(Faint, ChartColors.Ink) };
            band.Points.AddRange(Fit.Select(point => new DataPoint(Inside(point.Usual), Inside(point.High))));
            band.Points2.AddRange(Fit.Select(point => new DataPoint(Inside(point.Usual), Inside(point.Low))));
            model.Series.Add(band);
            model.Series.Add(Line(Fit.Select(point => (Inside(point.Usual), Inside(point.Expected))), ChartColors.Ink,
                LineStyle.Solid));
        }

        var standing = new ScatterSeries
        {
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
            MarkerFill = ChartColors.Axis,
            BinSize = 0,
        };
        standing.Points.AddRange(Points.Where(point => point.Model < 0)
            .Select(point => new ScatterPoint(Inside(point.Usual), Inside(point.Shifted.Value))));
        model.Series.Add(standing);
        foreach (var group in Points.Where(point => point.Model >= 0).GroupBy(point => point.Model))
        {
            model.Series.Add(Segments(ChartColors.Series(group.Key), 1.5, group
                .Where(point => point.Shifted is { Low: not null, High: not null })
                .Select(point => (Inside(point.Usual), Inside(point.Shifted.Low!.Value), Inside(point.Usual),
                    Inside(point.Shifted.High!.Value)))));
            model.Series.Add(Marks(group.Key, 6, group.Select(point => (Inside(point.Usual), Inside(point.Shifted.Value)))));
        }

        return model;
    }

    private static LineSeries Line(IEnumerable<(double X, double Y)> points, OxyColor color, LineStyle style)
    {
        var line = new LineSeries { Color = color, StrokeThickness = 1.5, LineStyle = style };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        return line;
    }

    // The odds of 0 and 1 are nowhere.
    private static double Inside(double share) => Math.Clamp(share, 0.0001, 0.9999);
}
