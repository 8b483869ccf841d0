using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>A metric of some outcomes with its 95% interval: the exact one (<see cref="ClopperPearson"/>) for a share of rows
/// that are independent and each right or wrong, else by <see cref="Bootstrap"/> over the units.</summary>
public static class Intervals
{
    private const double Rounding = 1e-9; // by which means of equal shares may differ

    /// <summary>The number and its interval.</summary>
    /// <param name="metric">What is measured.</param>
    /// <param name="outcomes">The rows.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="cancel">Stops between two draws.</param>
    public static MetricValue Measure(IMetric metric, Outcomes outcomes, long seed = 0, CancellationToken cancel = default)
    {
        var measured = MeasureAlone(metric, outcomes);
        if (!double.IsFinite(measured.Value))
        {
            return measured;
        }

        var (low, high) = metric is RowMean mean && outcomes.AreIndependent && mean.IsRightOrWrong(outcomes)
            ? ClopperPearson.Interval(Math.Min(measured.Value * outcomes.Count, outcomes.Count), outcomes.Count)
            : Resampled(metric, outcomes, measured.Value, seed, cancel);
        return measured with { Low = low, High = high };
    }

    /// <summary>The number without its interval, for places where a bootstrap costs too much, such as a training run.</summary>
    public static MetricValue MeasureAlone(IMetric metric, Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(outcomes);
        var once = new int[outcomes.Count];
        Array.Fill(once, 1);
        var ties = 0;
        foreach (ref readonly var row in outcomes.Rows.AsSpan())
        {
            ties += metric.IsTied(row) ? 1 : 0;
        }

        return new MetricValue(metric.Name, metric.Prepare(outcomes)(once), null, null, outcomes.Count, ties)
        {
            Unit = metric.Unit,
            Chance = metric.Chance(outcomes),
        };
    }

    /// <summary>The metric of units that are drawn as wholes.</summary>
    internal static Func<int[], double> OfUnits(IMetric metric, Outcomes outcomes)
    {
        var weighted = metric.Prepare(outcomes);
        if (outcomes.Units is not { } units)
        {
            return times => weighted(times);
        }

        var rows = new int[outcomes.Count];
        return times =>
        {
            for (var row = 0; row < rows.Length; row++)
            {
                rows[row] = times[units[row]];
            }

            return weighted(rows);
        };
    }

    private static (double Low, double High) Resampled(IMetric metric, Outcomes outcomes, double value, long seed,
        CancellationToken cancel)
    {
        var measures = Bootstrap.ForThreads(() => OfUnits(metric, outcomes));
        var (low, high) = Bootstrap.Middle(
            Bootstrap.Values(outcomes.UnitCount, measures, seed, Bootstrap.Resamples, cancel));

        // Where all units are alike, as when everything is right, so is every set that is drawn, and the bootstrap's interval
        // would be a point that says nothing: then it is the exact one of so many rows.
        return high - low > Rounding || metric.Unit is not (MetricUnit.Share or MetricUnit.ErrorShare)
            ? (low, high)
            : ClopperPearson.Interval(Math.Clamp(value, 0, 1) * metric.Worth(outcomes), metric.Worth(outcomes));
    }
}
