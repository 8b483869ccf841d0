using System.Globalization;
using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Reports;

/// <summary>Numbers of a page in words: the same number has the same text in a table, in a legend and beside a chart.</summary>
internal static class MetricText
{
    /// <summary>Whether an evaluation's values are shares of 1. Ranks and losses are none, however small they are.</summary>
    public static bool IsShare(string name, IEnumerable<CurvePoint> points) =>
        !name.EndsWith("_rank", StringComparison.Ordinal) && !name.EndsWith("loss", StringComparison.Ordinal)
        && points.All(point => point.Value is >= 0 and <= 1);

    /// <summary>A value to four digits; shares in percent.</summary>
    public static string Of(double value, bool isShare)
    {
        var rounded = double.IsFinite(value)
            ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : value;
        return isShare ? Percent(rounded) : AxisTicks.Text(rounded);
    }

    /// <summary>A share in percent, below 1 % with two places.</summary>
    public static string Percent(double share) =>
        (100 * share).ToString(Math.Abs(share) < 0.01 ? "0.##" : "0.#", CultureInfo.InvariantCulture) + "%";

    /// <summary>A difference of shares in percentage points, with its sign.</summary>
    public static string Points(double difference) =>
        (100 * difference).ToString("+0.#;−0.#;0", CultureInfo.InvariantCulture);
}
