using OxyPlot;
using OxyPlot.Axes;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>An axis whose marks and ends are given, on a scale that may be bent: the library labels one mark of a short
/// logarithmic axis and knows no logits.</summary>
internal sealed class TickedAxis : Axis
{
    private readonly AxisTicks _ticks;
    private readonly Func<double, double> _bend;
    private readonly Func<double, double> _back;

    /// <param name="position">Where it stands.</param>
    /// <param name="ticks">Its ends and marks.</param>
    /// <param name="text">A mark in words.</param>
    public TickedAxis(AxisPosition position, AxisTicks ticks, Func<double, string> text)
    {
        (_ticks, Position, Minimum, Maximum) = (ticks, position, ticks.Low, ticks.High);
        (_bend, _back) = ticks.Scale switch
        {
            AxisScale.Logarithmic => (Math.Log, Math.Exp),
            AxisScale.Logit => (value => Math.Log(value / (1 - value)), value => 1 / (1 + Math.Exp(-value))),
            _ => ((Func<double, double>)(value => value), (Func<double, double>)(value => value)),
        };
        LabelFormatter = text;
        (TextColor, TitleColor, TicklineColor) = (ChartColors.Soft, ChartColors.Soft, ChartColors.Axis);
        (MinimumPadding, MaximumPadding, AxisTitleDistance) = (0, 0, 6);
        MinorTickSize = 0;
        if (position is AxisPosition.Left)
        {
            (MajorTickSize, MajorGridlineStyle, MajorGridlineColor) = (0, LineStyle.Solid, ChartColors.Grid);
        }
        else
        {
            MajorTickSize = 4;
        }
    }

    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues,
        out IList<double> minorTickValues) =>
        (majorLabelValues, majorTickValues, minorTickValues) = ([.. _ticks.Ticks], [.. _ticks.Ticks], []);

    public override bool IsXyAxis() => true;

    public override double Transform(double x) => (PreTransform(x) - Offset) * Scale;

    public override double InverseTransform(double sx) => PostInverseTransform((sx / Scale) + Offset);

    protected override double PreTransform(double x) => _bend(Math.Clamp(x, _ticks.Low, _ticks.High));

    protected override double PostInverseTransform(double x) => _back(x);
}
