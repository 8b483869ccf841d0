using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>The accuracy of probes of k pictures a class.</summary>
/// <param name="K">1 or more.</param>
/// <param name="Mean">Over the draws.</param>
/// <param name="Low">Lower end; null = none.</param>
/// <param name="High">Upper end.</param>
internal sealed record FewShotPoint(int K, double Mean, double? Low, double? High);

/// <summary>A model on a set.</summary>
/// <param name="Model">Its place among the models, for its colour.</param>
/// <param name="Points">Rising in k.</param>
/// <param name="ZeroShot">Its accuracy without any; null = not measured.</param>
internal sealed record FewShotCurve(int Model, IReadOnlyList<FewShotPoint> Points, double? ZeroShot);

/// <summary>Accuracy over pictures a class (paper, figure 6), and dashed what the same model does without any.</summary>
internal sealed record FewShotChart : Chart
{
    private const byte Faint = 50;

    public required IReadOnlyList<FewShotCurve> Curves { get; init; }

    protected override PlotModel Model()
    {
        int[] ks = [.. Curves.SelectMany(curve => curve.Points).Select(point => point.K).Distinct().Order()];
        var values = Curves.SelectMany(curve => curve.Points.SelectMany(point =>
            (double?[])[point.Mean, point.Low, point.High, curve.ZeroShot])).OfType<double>().ToList();
        var y = AxisTicks.Linear(values.Min(), Math.Min(1, values.Max()), Math.Max(3, Height / 48));
        var x = new AxisTicks(ks[0], Math.Max(ks[^1], ks[0] + 1), AxisScale.Logarithmic, [.. ks.Select(k => (double)k)]);
        var model = new PlotModel();
        model.Axes.Add(new TickedAxis(AxisPosition.Bottom, x, AxisTicks.Text) { Title = "pictures a class" });
        model.Axes.Add(new TickedAxis(AxisPosition.Left, y, MetricText.Percent));
        foreach (var curve in Curves)
        {
            var color = ChartColors.Series(curve.Model);
            if (curve.Points.All(point => point is { Low: not null, High: not null }))
            {
                var band = new AreaSeries { Color = OxyColors.Transparent, Fill = OxyColor.FromAColor(Faint, color) };
                band.Points.AddRange(curve.Points.Select(point => new DataPoint(point.K, point.High!.Value)));
                band.Points2.AddRange(curve.Points.Select(point => new DataPoint(point.K, point.Low!.Value)));
                model.Series.Add(band);
            }

            var line = new LineSeries
            {
                Color = color,
                StrokeThickness = 2,
                MarkerType = ChartColors.Shape(curve.Model),
                MarkerSize = 4,
                MarkerFill = color,
                MarkerStroke = ChartColors.Card,
                MarkerStrokeThickness = 1,
            };
            line.Points.AddRange(curve.Points.Select(point => new DataPoint(point.K, point.Mean)));
            model.Series.Add(line);
            if (curve.ZeroShot is { } zeroShot)
            {
                model.Annotations.Add(new LineAnnotation
                {
                    Type = LineAnnotationType.Horizontal,
                    Y = zeroShot,
                    Color = color,
                    LineStyle = LineStyle.Dash,
                    StrokeThickness = 1.5,
                    Layer = AnnotationLayer.BelowSeries,
                });
            }
        }

        return model;
    }
}
