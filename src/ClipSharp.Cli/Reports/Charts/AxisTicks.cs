using System.Globalization;

namespace ClipSharp.Cli.Reports.Charts;

/// <summary>A scale with round ticks: 1, 2 or 5 times a power of ten.</summary>
/// <param name="Low">Where the axis begins.</param>
/// <param name="High">Where it ends; greater than <paramref name="Low"/>.</param>
/// <param name="Scale">What takes equal room.</param>
/// <param name="Ticks">The marks, rising, within the axis.</param>
internal sealed record AxisTicks(double Low, double High, AxisScale Scale, IReadOnlyList<double> Ticks)
{
    /// <summary>A linear axis that holds the values and ends on ticks; it begins at 0 when they reach halfway down to
    /// it.</summary>
    public static AxisTicks Linear(double low, double high, int mostTicks)
    {
        if (low >= 0 && low <= high / 2)
        {
            low = 0;
        }

        if (high - low < 1e-9 * Math.Max(Math.Abs(high), 1e-30))
        {
            (low, high) = low == 0 ? (0, 1) : (Math.Min(0, 2 * low), Math.Max(0, 2 * high));
        }

        var step = RoundUp((high - low) / mostTicks);
        var (first, last) = ((long)Math.Floor((low / step) + 1e-9), (long)Math.Ceiling((high / step) - 1e-9));
        double[] ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
        return new AxisTicks(ticks[0], ticks[^1], AxisScale.Linear, ticks);
    }

    /// <summary>An axis of x: it ends where the values end.</summary>
    public static AxisTicks Exact(double low, double high, int mostTicks)
    {
        high = high > low ? high : low + 1;
        var round = Linear(low, high, mostTicks);
        return new AxisTicks(low, high, AxisScale.Linear, [.. round.Ticks.Where(t => t >= low && t <= high)]);
    }

    /// <summary>A logarithmic axis over positive values: 1, 2 and 5 of each decade while that are few, else decades.</summary>
    public static AxisTicks Logarithmic(double low, double high, int mostTicks)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var decades = Enumerable.Range(first, last - first + 1).Select(p => Math.Pow(10, p)).ToList();
        var fine = decades.SelectMany(d => (double[])[d, 2 * d, 5 * d]).ToList();
        low = fine.Last(t => t <= low * 1.0001);
        high = fine.First(t => t >= high * 0.9999);
        var inside = fine.Where(t => t >= low && t <= high).ToList();
        if (inside.Count > mostTicks)
        {
            var every = (decades.Count + mostTicks - 1) / mostTicks;
            inside = [.. decades.Where((d, i) => d >= low && d <= high && i % every == 0)];
        }

        return new AxisTicks(low, high, AxisScale.Logarithmic, inside);
    }

    /// <summary>An axis of shares by their odds, which ends at round ones.</summary>
    /// <param name="low">More than 0.</param>
    /// <param name="high">Less than 1.</param>
    public static AxisTicks Logit(double low, double high)
    {
        double[] round =
            [0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999];
        var first = Math.Max(Array.FindLastIndex(round, tick => tick <= low), 0);
        var last = Array.FindIndex(round, tick => tick >= high);
        last = Math.Max(last < 0 ? round.Length - 1 : last, first + 1);
        return new AxisTicks(Math.Min(round[first], low), Math.Max(round[last], high), AxisScale.Logit, round[first..(last + 1)]);
    }

    /// <summary>A number as short as it can be told: 0.0005, 0.5, 20, 1,000, 20k.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        >= 1e6 => Digits(value / 1e6, "0.##") + "M",
        >= 1e4 => Digits(value / 1e3, "0.##") + "k",
        >= 1e3 => Digits(value, "#,0"),
        >= 1e-4 or 0 => Digits(value, "0.######"),
        _ => Digits(value, "0.##e0"),
    };

    private static string Digits(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static double RoundUp(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * ((step / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 });
    }
}
