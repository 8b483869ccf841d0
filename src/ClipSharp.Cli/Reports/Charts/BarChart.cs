using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>Differences as bars from a line at 0, in the order given: to the right in one colour, to the left in
/// another.</summary>
internal sealed record BarChart : Chart
{
    private const double RowHeight = 40, BarTop = 18, BarBottom = 34; // pixels; a name stands above its bar

    /// <summary>What each bar is called, how long it is, and the number beside it.</summary>
    public required IReadOnlyList<(string Name, double Value, string Text)> Bars { get; init; }

    public override Chart Narrow() => this with { Width = NarrowWidth };

    /// <summary>With the height that its bars take.</summary>
    public BarChart Fitted() => this with { Height = (int)(RowHeight * Bars.Count) + 44 };

    protected override PlotModel Model()
    {
        var most = Bars.Max(bar => Math.Abs(bar.Value));
        var (low, high) = (Math.Min(0, Bars.Min(bar => bar.Value)), Math.Max(0, Bars.Max(bar => bar.Value)));
        var number = most * (IsNarrow ? 0.35 : 0.16); // the room that it takes
        var x = AxisTicks.Linear(low < 0 ? low - number : 0, high > 0 ? high + number : 0, IsNarrow ? 4 : 8);
        var model = new PlotModel { PlotMargins = new OxyThickness(10, 0, 18, double.NaN) };
        model.Axes.Add(new TickedAxis(AxisPosition.Bottom, x, MetricText.Points)
        {
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = ChartColors.Grid,
        });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Minimum = 0,
            Maximum = Bars.Count * RowHeight,
            StartPosition = 1,
            EndPosition = 0,
            IsAxisVisible = false,
        });
        model.Series.Add(Drawn(0, bar => bar >= 0));
        model.Series.Add(Drawn(1, bar => bar < 0));
        model.Series.Add(Segments(ChartColors.Soft, 1.5, [(0, 0, 0, Bars.Count * RowHeight)]));
        for (var i = 0; i < Bars.Count; i++)
        {
            var (name, value, text) = Bars[i];
            var room = (Width - 30) * (value >= 0 ? x.High : -x.Low) / (x.High - x.Low);
            model.Annotations.Add(Label(Cut(name, room), 0, (i * RowHeight) + 9, value >= 0, ChartColors.Ink));
            model.Annotations.Add(Label(text, value, (i * RowHeight) + ((BarTop + BarBottom) / 2), value >= 0, ChartColors.Soft));
        }

        return model;
    }

    private RectangleBarSeries Drawn(int color, Func<double, bool> isMeant)
    {
        var series = new RectangleBarSeries { FillColor = ChartColors.Series(color), StrokeThickness = 0 };
        foreach (var (bar, i) in Bars.Select((bar, i) => (bar, i)).Where(bar => isMeant(bar.bar.Value)))
        {
            series.Items.Add(new RectangleBarItem(0, (i * RowHeight) + BarTop, bar.Value, (i * RowHeight) + BarBottom));
        }

        return series;
    }

    private static TextAnnotation Label(string text, double x, double y, bool isRight, OxyColor color) => new()
    {
        Text = text,
        TextPosition = new DataPoint(x, y),
        Offset = new ScreenVector(isRight ? 5 : -5, 0),
        TextHorizontalAlignment = isRight ? HorizontalAlignment.Left : HorizontalAlignment.Right,
        TextVerticalAlignment = VerticalAlignment.Middle,
        TextColor = color,
        Stroke = OxyColors.Transparent,
        StrokeThickness = 0,
        Padding = new OxyThickness(0),
    };
}
