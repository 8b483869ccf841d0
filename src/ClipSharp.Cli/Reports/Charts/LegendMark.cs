using System.Globalization;
using OxyPlot;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>The mark of the i-th thing, as a chart's legend shows it.</summary>
internal static class LegendMark
{
    public static string Svg(int index)
    {
        var shape = ChartColors.Shape(index) switch
        {
            MarkerType.Square => "<rect x=\"2\" y=\"2\" width=\"8\" height=\"8\"/>",
            MarkerType.Triangle => "<path d=\"M6 1L11 10L1 10Z\"/>",
            MarkerType.Diamond => "<path d=\"M6 0L12 6L6 12L0 6Z\"/>",
            _ => "<circle cx=\"6\" cy=\"6\" r=\"4.5\"/>",
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"<svg class=\"mark\" viewBox=\"0 0 12 12\" aria-hidden=\"true\" style=\"fill:{ChartColors.Css(ChartColors.Series(index))}\">{shape}</svg>");
    }
}
