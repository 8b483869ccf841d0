using System.Globalization;
using OxyPlot;
using OxyPlot.Series;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A picture of numbers: a model of OxyPlot, drawn as SVG that the style sheet colours.</summary>
internal abstract record Chart
{
    /// <summary>Width and height of a small chart, and of a large one on a telephone.</summary>
    public const int SmallWidth = 240, SmallHeight = 190, NarrowWidth = 300, NarrowHeight = 250;

    public int Width { get; init; } = 560;

    public int Height { get; init; } = 400;

    /// <summary>Whether it takes one column of the page, not two.</summary>
    public bool IsSmall => Width == SmallWidth;

    /// <summary>Whether it is drawn for a telephone.</summary>
    protected bool IsNarrow => Width <= NarrowWidth;

    /// <summary>The same on a telephone.</summary>
    public virtual Chart Narrow() => this with { Width = NarrowWidth, Height = NarrowHeight };

    /// <summary>The element, without colours of its own: the style sheet has them.</summary>
    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="style">Its class; may be empty.</param>
    public string ToSvg(string label, string style = "")
    {
        var model = Model();
        model.Culture = CultureInfo.InvariantCulture;
        (model.DefaultFontSize, model.TextColor) = (SvgContext.FontSize, ChartColors.Ink);
        (model.PlotAreaBorderThickness, model.Padding) = (new OxyThickness(0), new OxyThickness(2, 8, 22, 2));
        var context = new SvgContext();
        var drawn = (IPlotModel)model;
        drawn.Update(updateData: true);
        drawn.Render(context, new OxyRect(0, 0, Width, Height));
        if (model.GetLastPlotException() is { } fault)
        {
            throw new InvalidOperationException("The chart could not be drawn.", fault); // the library would draw the message
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"<svg class=\"{style}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{HtmlText.Escaped(label)}\" xmlns=\"http://www.w3.org/2000/svg\"><title>{HtmlText.Escaped(label)}</title>{context.Elements}</svg>");
    }

    /// <summary>What is drawn.</summary>
    protected abstract PlotModel Model();

    /// <summary>A name as far as there is room for it; the table beside a chart has all of it.</summary>
    protected static string Cut(string name, double pixels)
    {
        var most = Math.Max(8, (int)(pixels / (0.6 * SvgContext.FontSize)));
        return name.Length <= most ? name : name[..(most - 1)] + "…";
    }

    /// <summary>Separate lines in one colour, such as whiskers.</summary>
    protected static LineSeries Segments(OxyColor color, double thickness,
        IEnumerable<(double X1, double Y1, double X2, double Y2)> lines)
    {
        var series = new LineSeries { Color = color, StrokeThickness = thickness };
        foreach (var (x1, y1, x2, y2) in lines)
        {
            series.Points.AddRange([new DataPoint(x1, y1), new DataPoint(x2, y2), DataPoint.Undefined]);
        }

        return series;
    }

    /// <summary>Marks in the colour and shape of the i-th thing.</summary>
    protected static ScatterSeries Marks(int index, double size, IEnumerable<(double X, double Y)> points)
    {
        var series = new ScatterSeries
        {
            MarkerType = ChartColors.Shape(index),
            MarkerSize = size,
            MarkerFill = ChartColors.Series(index),
            MarkerStroke = ChartColors.Card,
            MarkerStrokeThickness = 1,
            BinSize = 0,
        };
        series.Points.AddRange(points.Select(point => new ScatterPoint(point.X, point.Y)));
        return series;
    }
}
