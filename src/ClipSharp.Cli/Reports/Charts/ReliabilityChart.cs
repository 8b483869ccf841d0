using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>Answers of about one confidence.</summary>
/// <param name="Confidence">Their mean, 0 to 1.</param>
/// <param name="Accuracy">The share that is right.</param>
/// <param name="Share">Which part of all answers they are.</param>
internal sealed record ReliabilityPoint(double Confidence, double Accuracy, double Share);

/// <summary>Accuracy over confidence (Guo et al. 2017): on the diagonal a model knows how sure it may be. Larger marks stand for
/// more answers.</summary>
internal sealed record ReliabilityChart : Chart
{
    private const double LeastMark = 3, MostMark = 8;

    /// <summary>[models][bins]; a model that was not measured has none.</summary>
    public required IReadOnlyList<IReadOnlyList<ReliabilityPoint>> Curves { get; init; }

    protected override PlotModel Model()
    {
        var ticks = AxisTicks.Linear(0, 1, IsNarrow ? 3 : 5);
        var model = new PlotModel();
        model.Axes.Add(new TickedAxis(AxisPosition.Bottom, ticks, MetricText.Percent) { Title = "confidence" });
        model.Axes.Add(new TickedAxis(AxisPosition.Left, ticks, MetricText.Percent) { Title = "accuracy" });
        model.Series.Add(new LineSeries
        {
            Color = ChartColors.Soft,
            StrokeThickness = 1,
            LineStyle = LineStyle.Dash,
            Points = { new DataPoint(0, 0), new DataPoint(1, 1) },
        });
        for (var i = 0; i < Curves.Count; i++)
        {
            var line = new LineSeries { Color = ChartColors.Series(i), StrokeThickness = 1.5 };
            line.Points.AddRange(Curves[i].Select(point => new DataPoint(point.Confidence, point.Accuracy)));
            model.Series.Add(line);
            var marks = Marks(i, LeastMark, []);
            marks.Points.AddRange(Curves[i].Select(point => new ScatterPoint(point.Confidence, point.Accuracy,
                LeastMark + ((MostMark - LeastMark) * Math.Sqrt(point.Share)))));
            model.Series.Add(marks);
        }

        return model;
    }
}
