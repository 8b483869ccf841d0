using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>Two models on the same samples by one metric. Pairing tells far smaller differences than two intervals do, since what
/// is hard for one model is mostly hard for the other.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="First">The number of the first model.</param>
/// <param name="Second">The number of the second model.</param>
/// <param name="Low">Lower end of the 95% interval of <see cref="Difference"/>, by drawing the same units for both
/// models.</param>
/// <param name="High">Upper end.</param>
/// <param name="PValue">How likely such a difference is, either way, between equally good models; NaN where there is no
/// number.</param>
/// <param name="Test">What the p-value comes from.</param>
public sealed record PairedComparison(string Metric, double First, double Second, double Low, double High, double PValue,
    PairedTest Test)
{
    /// <summary>How often is drawn where the p-value comes from the draws: enough for one that is still below 5% after
    /// <see cref="Holm"/> over 200 sets.</summary>
    public const int Resamples = 10_000;

    private const double Rounding = 1e-9; // by which means of equal numbers may differ

    /// <summary>Second less first.</summary>
    public double Difference => Second - First;

    /// <summary>Rows that only the first model has right; null without <see cref="PairedTest.McNemar"/>.</summary>
    public int? OnlyFirst { get; init; }

    /// <summary>Rows that only the second model has right.</summary>
    public int? OnlySecond { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="metric">What is measured.</param>
    /// <param name="first">Rows of the first model.</param>
    /// <param name="second">Rows of the second model, of the same samples in the same order.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="cancel">Stops between two draws.</param>
    /// <exception cref="ClipException">The rows are not of the same samples.</exception>
    public static PairedComparison Of(IMetric metric, Outcomes first, Outcomes second, long seed = 0,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        PairedRows.Require(first, second);
        var (a, b) = (Intervals.MeasureAlone(metric, first).Value, Intervals.MeasureAlone(metric, second).Value);
        var disagreements = Disagreements(metric, first, second);
        var test = disagreements is null ? PairedTest.Bootstrap : PairedTest.McNemar;
        if (!double.IsFinite(b - a))
        {
            return new PairedComparison(metric.Name, a, b, double.NaN, double.NaN, double.NaN, test);
        }

        var measures = Bootstrap.ForThreads(() =>
        {
            var (ofFirst, ofSecond) = (Intervals.OfUnits(metric, first), Intervals.OfUnits(metric, second));
            return times => ofSecond(times) - ofFirst(times);
        });
        var differences = Bootstrap.Values(first.UnitCount, measures, seed,
            disagreements is null ? Resamples : Bootstrap.Resamples, cancel);
        var (low, high) = Interval(metric, first, b - a, differences);
        return new PairedComparison(metric.Name, a, b, low, high,
            disagreements is var (onlyFirst, onlySecond) ? McNemar.PValue(onlyFirst, onlySecond) : ShareOfOtherSign(differences),
            test)
        {
            OnlyFirst = disagreements?.OnlyFirst,
            OnlySecond = disagreements?.OnlySecond,
        };
    }

    // Null where rows are not independent, or not all right or wrong.
    private static (int OnlyFirst, int OnlySecond)? Disagreements(IMetric metric, Outcomes first, Outcomes second)
    {
        if (metric is not RowMean { Unit: MetricUnit.Share } mean || !first.AreIndependent)
        {
            return null;
        }

        var (onlyFirst, onlySecond) = (0, 0);
        for (var row = 0; row < first.Count; row++)
        {
            var (a, b) = (mean.ValueOf(first[row]), mean.ValueOf(second[row]));
            if (a is not (0 or 1) || b is not (0 or 1))
            {
                return null;
            }

            onlyFirst += a > b ? 1 : 0;
            onlySecond += b > a ? 1 : 0;
        }

        return (onlyFirst, onlySecond);
    }

    // Where the models agree on all units, so they do on every set that is drawn. Then the interval allows for as many units on
    // which they might not as could have been missed among so many.
    private static (double Low, double High) Interval(IMetric metric, Outcomes outcomes, double difference, double[] differences)
    {
        var (low, high) = Bootstrap.Middle(differences);
        if (high - low > Rounding || metric.Unit is not (MetricUnit.Share or MetricUnit.ErrorShare))
        {
            return (low, high);
        }

        var missed = ClopperPearson.Interval(0, metric.Worth(outcomes)).High;
        return (((1 - missed) * difference) - missed, ((1 - missed) * difference) + missed);
    }

    // Two-sided, and never 0: the sets were only so many.
    private static double ShareOfOtherSign(double[] differences)
    {
        var (notAbove, notBelow) = (differences.Count(d => d <= Rounding), differences.Count(d => d >= -Rounding));
        return differences.Length == 0 ? double.NaN
            : Math.Min(1, 2.0 * (Math.Min(notAbove, notBelow) + 1) / (differences.Length + 1));
    }
}
