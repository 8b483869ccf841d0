using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A measured number and its interval.</summary>
internal sealed record Dot(double Value, double? Low, double? High);

/// <summary>A line of a <see cref="DotChart"/>.</summary>
/// <param name="Name">What was measured on.</param>
/// <param name="Dots">[models]; null where a model was not measured.</param>
/// <param name="Chance">What guessing gives; null = not known.</param>
internal sealed record DotRow(string Name, IReadOnlyList<Dot?> Dots, double? Chance);

/// <summary>Dots with whiskers, a row a set, a colour and a shape a model; a short stroke where guessing is.</summary>
internal sealed record DotChart : Chart
{
    private const double Title = 22, Gap = 10, Step = 12; // pixels of a row's name, between rows, and from dot to dot

    public required IReadOnlyList<DotRow> Rows { get; init; }

    /// <summary>Whether the values are shares, shown in per cent from 0 on.</summary>
    public bool IsShare { get; init; } = true;

    public override Chart Narrow() => this with { Width = NarrowWidth };

    /// <summary>With the height that its rows take.</summary>
    public DotChart Fitted() => this with { Height = (int)(RowHeight * Rows.Count) + 46 };

    private int Models => Rows.Max(row => row.Dots.Count);

    private double RowHeight => Title + Gap + (Step * Models);

    protected override PlotModel Model()
    {
        var dots = Rows.SelectMany(row => row.Dots).OfType<Dot>().ToList();
        var high = dots.Max(dot => dot.High ?? dot.Value);
        var low = Math.Min(0, dots.Min(dot => dot.Low ?? dot.Value));
        var x = AxisTicks.Linear(low, IsShare ? Math.Min(1, high) : high, IsNarrow ? 4 : 8);
        var model = new PlotModel();
        var bottom = new TickedAxis(AxisPosition.Bottom, x, value => IsShare ? MetricText.Percent(value) : AxisTicks.Text(value))
        {
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = ChartColors.Grid,
        };
        model.Axes.Add(bottom);
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Minimum = 0,
            Maximum = Rows.Count * RowHeight,
            StartPosition = 1,
            EndPosition = 0,
            IsAxisVisible = false,
        });
        model.PlotMargins = new OxyThickness(10, 0, 18, double.NaN);
        model.Series.Add(Segments(ChartColors.Soft, 1.5, Rows.Select((row, place) => (row.Chance, place))
            .Where(row => row.Chance is { } chance && chance <= x.High)
            .Select(row => (row.Chance!.Value, Place(row.place, 0) - (Step / 2), row.Chance!.Value,
                Place(row.place, Models - 1) + (Step / 2)))));
        for (var i = 0; i < Models; i++)
        {
            var placed = Rows.Select((row, place) => (Dot: row.Dots[i], Y: Place(place, i))).Where(row => row.Dot is not null)
                .Select(row => (Dot: row.Dot!, row.Y)).ToList();
            model.Series.Add(Segments(ChartColors.Series(i), 2, placed.Where(row => row.Dot is { Low: not null, High: not null })
                .Select(row => (row.Dot.Low!.Value, row.Y, row.Dot.High!.Value, row.Y))));
            model.Series.Add(Marks(i, 5, placed.Select(row => (row.Dot.Value, row.Y))));
        }

        for (var place = 0; place < Rows.Count; place++)
        {
            model.Annotations.Add(new TextAnnotation
            {
                Text = Cut(Rows[place].Name, Width - 30),
                TextPosition = new DataPoint(x.Low, (place * RowHeight) + 8),
                TextHorizontalAlignment = HorizontalAlignment.Left,
                TextVerticalAlignment = VerticalAlignment.Middle,
                TextColor = ChartColors.Ink,
                Stroke = OxyColors.Transparent,
                StrokeThickness = 0,
                Padding = new OxyThickness(0),
            });
        }

        return model;
    }

    private double Place(int row, int model) => (row * RowHeight) + Title + (Step * (model + 0.5));
}
