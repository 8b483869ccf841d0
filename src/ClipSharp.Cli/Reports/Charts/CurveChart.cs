using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A curve of a chart.</summary>
/// <param name="Name">Its name in the legend; none for a single curve.</param>
/// <param name="Points">Rising steps, finite values, at least one.</param>
internal sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A dashed line, such as the loss of guessing.</summary>
internal sealed record Baseline(string Name, double Value);

/// <summary>Curves: raw values faint, a lightly smoothed line over them, round ticks, a dashed baseline.</summary>
internal sealed record CurveChart : Chart
{
    private const int MostPoints = 800;
    private const int SmoothFrom = 24; // fewer points are shown as they are
    private const double LogFrom = 20; // the ratio from which a curve needs a logarithmic axis
    private const byte Faint = 64;

    public required IReadOnlyList<Curve> Curves { get; init; }

    public Baseline? Baseline { get; init; }

    /// <summary>Whether the values are shares, shown from 0 to 100 %.</summary>
    public bool IsShare { get; init; }

    /// <summary>Whether a wide range gets a logarithmic axis.</summary>
    public bool MayBeLog { get; init; }

    /// <summary>Whether the axis begins at 0 whatever the values are.</summary>
    public bool FromZero { get; init; }

    protected override PlotModel Model()
    {
        var (x, y) = (StepAxis(), ValueAxis());
        var model = new PlotModel();
        model.Axes.Add(new TickedAxis(AxisPosition.Bottom, x, AxisTicks.Text));
        model.Axes.Add(new TickedAxis(AxisPosition.Left, y,
            value => IsShare ? MetricText.Percent(value) : AxisTicks.Text(value)));
        for (var i = 0; i < Curves.Count; i++)
        {
            var (points, color) = (Curves[i].Points, ChartColors.Series(i));
            if (points.Count >= SmoothFrom)
            {
                model.Series.Add(Line(Thinned(points), OxyColor.FromAColor(Faint, color), 1));
                model.Series.Add(Line(Smoothed(Averaged(points), y.Scale is AxisScale.Logarithmic), color, 2));
                continue;
            }

            var line = Line(points, color, 2);
            (line.MarkerType, line.MarkerSize, line.MarkerFill, line.MarkerStroke, line.MarkerStrokeThickness) =
                (ChartColors.Shape(i), 3.2, ChartColors.Card, color, 2);
            model.Series.Add(line);
        }

        if (Baseline is { } baseline)
        {
            var share = (baseline.Value - y.Low) / (y.High - y.Low);
            model.Annotations.Add(new LineAnnotation
            {
                Type = LineAnnotationType.Horizontal,
                Y = baseline.Value,
                Color = ChartColors.Soft,
                LineStyle = LineStyle.Dash,
                StrokeThickness = 1,
                Text = baseline.Name,
                TextColor = ChartColors.Soft,
                TextVerticalAlignment = share > 0.9 ? VerticalAlignment.Top : VerticalAlignment.Bottom,
            });
        }

        return model;
    }

    private static LineSeries Line(IEnumerable<CurvePoint> points, OxyColor color, double thickness)
    {
        var line = new LineSeries { Color = color, StrokeThickness = thickness, LineJoin = LineJoin.Round };
        line.Points.AddRange(points.Select(point => new DataPoint(point.Step, point.Value)));
        return line;
    }

    private AxisTicks StepAxis()
    {
        var steps = Curves.SelectMany(c => c.Points).Select(p => p.Step).ToList();
        return AxisTicks.Exact(Math.Min(0, steps.Min()), steps.Max(), Width / 80);
    }

    private AxisTicks ValueAxis()
    {
        var mostTicks = Math.Max(3, Height / 48);
        if (IsShare)
        {
            return AxisTicks.Linear(0, 1, mostTicks);
        }

        var values = Curves.SelectMany(c => c.Points).Select(p => p.Value).ToList();
        if (Baseline is { } baseline)
        {
            values.Add(baseline.Value);
        }

        var (low, high) = (FromZero ? Math.Min(0, values.Min()) : values.Min(), values.Max());
        return MayBeLog && low > 0 && high > LogFrom * low
            ? AxisTicks.Logarithmic(low, high, mostTicks)
            : AxisTicks.Linear(low, high, mostTicks);
    }

    private static IEnumerable<CurvePoint> Thinned(IReadOnlyList<CurvePoint> points)
    {
        var every = (points.Count + MostPoints - 1) / MostPoints;
        return points.Where((_, i) => i % every == 0 || i == points.Count - 1);
    }

    // Means of neighbours where a curve has more points than the chart has room for.
    private static IReadOnlyList<CurvePoint> Averaged(IReadOnlyList<CurvePoint> points) => points.Count <= MostPoints
        ? points
        : [.. points.Chunk((points.Count + MostPoints - 1) / MostPoints)
            .Select(c => new CurvePoint(c.Average(p => p.Step), c.Average(p => p.Value)))];

    // A Gaussian over neighbours, one fortieth of the points wide: it does not lag behind as a running mean does.
    private static List<CurvePoint> Smoothed(IReadOnlyList<CurvePoint> points, bool isLog)
    {
        var sigma = Math.Max(1, points.Count / 80.0);
        var reach = (int)Math.Ceiling(3 * sigma);
        var result = new List<CurvePoint>(points.Count);
        for (var i = 0; i < points.Count; i++)
        {
            // The window shrinks towards the ends so that it stays even: else the ends bend inwards.
            var near = Math.Min(reach, Math.Min(i, points.Count - 1 - i));
            double sum = 0, weights = 0;
            for (var j = i - near; j <= i + near; j++)
            {
                var weight = Math.Exp(-0.5 * Math.Pow((j - i) / sigma, 2));
                sum += weight * (isLog ? Math.Log(points[j].Value) : points[j].Value);
                weights += weight;
            }

            var mean = sum / weights;
            result.Add(new CurvePoint(points[i].Step, isLog ? Math.Exp(mean) : mean));
        }

        return result;
    }
}
