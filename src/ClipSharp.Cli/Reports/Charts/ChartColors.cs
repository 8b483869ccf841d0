using OxyPlot;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>The colours of charts. What the library carries are only marks: the picture names the style sheet's colour, which is
/// another one in the dark and in print.</summary>
internal static class ChartColors
{
    /// <summary>Curves, models and bars that are told apart; the seventh has the first one's again.</summary>
    private const int SeriesCount = 6;

    public static readonly OxyColor Ink = Mark(0), Soft = Mark(1), Grid = Mark(2), Axis = Mark(3), Card = Mark(4);

    private static readonly MarkerType[] Shapes =
        [MarkerType.Circle, MarkerType.Square, MarkerType.Triangle, MarkerType.Diamond];

    private static readonly string[] Names = ["ink", "soft", "grid", "bar", "card", "c0", "c1", "c2", "c3", "c4", "c5"];

    /// <summary>The colour of the i-th thing.</summary>
    public static OxyColor Series(int index) => Mark((byte)(5 + (index % SeriesCount)));

    /// <summary>Its mark: who cannot tell two colours apart tells these.</summary>
    public static MarkerType Shape(int index) => Shapes[index % Shapes.Length];

    /// <summary>The style sheet's name of a colour, such as <c>var(--c0)</c>; "none" of what is not seen.</summary>
    public static string Css(OxyColor color) => color.A == 0 ? "none"
        : (color.R, color.G) == (1, 2) && color.B < Names.Length ? $"var(--{Names[color.B]})"
        : throw new ArgumentException($"{color} is no colour of the style sheet.", nameof(color));

    private static OxyColor Mark(byte number) => OxyColor.FromRgb(1, 2, number);
}
