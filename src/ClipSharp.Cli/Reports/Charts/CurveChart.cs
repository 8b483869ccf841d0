using System.Globalization;
using System.Text;

namespace ClipSharp.Cli.Reports;

/// <summary>A curve of a chart.</summary>
/// <param name="Name">Its name in the legend; none for a single curve.</param>
/// <param name="Points">Rising steps, finite values, at least one.</param>
internal sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A dashed line, such as the loss of guessing.</summary>
internal sealed record Baseline(string Name, double Value);

/// <summary>Draws curves as SVG: raw values faint, a lightly smoothed line over them, round ticks, dashed baselines.</summary>
internal sealed record CurveChart
{
    private const int MostPoints = 800;
    private const int SmoothFrom = 24; // fewer points are shown as they are
    private const double LogFrom = 20; // the ratio from which a curve needs a logarithmic axis

    /// <summary>Width and height of a small chart, and of a large one on a telephone.</summary>
    public const int SmallWidth = 240, SmallHeight = 190, NarrowWidth = 300, NarrowHeight = 250;

    public required IReadOnlyList<Curve> Curves { get; init; }

    public Baseline? Baseline { get; init; }

    /// <summary>Whether the values are shares, shown from 0 to 100 %.</summary>
    public bool IsShare { get; init; }

    /// <summary>Whether a wide range gets a logarithmic axis.</summary>
    public bool MayBeLog { get; init; }

    /// <summary>Whether the axis begins at 0 whatever the values are.</summary>
    public bool FromZero { get; init; }

    public int Width { get; init; } = 560;

    public int Height { get; init; } = 400;

    /// <summary>Whether it takes one column of the page, not two.</summary>
    public bool IsSmall => Width == SmallWidth;

    /// <summary>The element, without colours of its own: the style sheet has them.</summary>
    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="style">Its class; may be empty.</param>
    public string ToSvg(string label, string style = "")
    {
        var (left, right, top, bottom) = (50.0, Width - 10.0, 10.0, Height - 24.0);
        var (x, y) = (StepAxis(), ValueAxis());
        double X(double step) => left + (x.Share(step) * (right - left));
        double Y(double value) => bottom - (y.Share(value) * (bottom - top));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg class=\"{style}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{HtmlText.Escaped(label)}\" xmlns=\"http://www.w3.org/2000/svg\">");
        foreach (var tick in y.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{Y(tick):0.#}\" y2=\"{Y(tick):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"tick\" x=\"{left - 7}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{(IsShare ? MetricText.Percent(tick) : AxisTicks.Text(tick))}</text>");
        }

        foreach (var tick in x.Ticks)
        {
            var anchor = X(tick) > right - 12 ? "end" : "middle";
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"mark\" x1=\"{X(tick):0.#}\" x2=\"{X(tick):0.#}\" y1=\"{bottom}\" y2=\"{bottom + 4}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"tick\" x=\"{X(tick):0.#}\" y=\"{bottom + 17}\" text-anchor=\"{anchor}\">{AxisTicks.Text(tick)}</text>");
        }

        for (var i = 0; i < Curves.Count; i++)
        {
            var points = Curves[i].Points;
            if (points.Count >= SmoothFrom)
            {
                AppendPath(svg, $"raw c{i % 6}", points, X, Y);
                AppendPath(svg, $"line c{i % 6}", Smoothed(Averaged(points), y.IsLog), X, Y);
                continue;
            }

            AppendPath(svg, $"line c{i % 6}", points, X, Y);
            foreach (var point in points)
            {
                svg.Append(CultureInfo.InvariantCulture,
                    $"<circle class=\"dot c{i % 6}\" cx=\"{X(point.Step):0.#}\" cy=\"{Y(point.Value):0.#}\" r=\"3.2\"/>");
            }
        }

        if (Baseline is { } baseline)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"base\" x1=\"{left}\" x2=\"{right}\" y1=\"{Y(baseline.Value):0.#}\" y2=\"{Y(baseline.Value):0.#}\"/>");
            var textY = Y(baseline.Value) - 6 < top + 8 ? Y(baseline.Value) + 15 : Y(baseline.Value) - 6;
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"base\" x=\"{right - 2}\" y=\"{textY:0.#}\" text-anchor=\"end\">{HtmlText.Escaped(baseline.Name)}</text>");
        }

        return svg.Append("</svg>").ToString();
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

    private static void AppendPath(
        StringBuilder svg, string style, IReadOnlyList<CurvePoint> points, Func<double, double> x, Func<double, double> y)
    {
        var every = (points.Count + MostPoints - 1) / MostPoints;
        svg.Append("<path class=\"").Append(style).Append("\" d=\"");
        for (var i = 0; i < points.Count; i++)
        {
            if (i % every == 0 || i == points.Count - 1)
            {
                svg.Append(CultureInfo.InvariantCulture,
                    $"{(i == 0 ? 'M' : 'L')}{x(points[i].Step):0.##} {y(points[i].Value):0.##}");
            }
        }

        svg.Append("\"/>");
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
