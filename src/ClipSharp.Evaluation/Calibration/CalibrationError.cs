using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Calibration;

/// <summary>Expected calibration error (Guo et al. 2017): the gap between confidence and accuracy in bins of equal width,
/// averaged by the rows they hold. See <see cref="ReliabilityBins"/>. It is biased upwards in small sets: also a perfect model
/// has one.</summary>
/// <param name="name">Such as "ece_15".</param>
/// <param name="bins">How many bins.</param>
public sealed class CalibrationError(string name = "ece_15", int bins = ReliabilityBins.Usual) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.ErrorShare;

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => row.Rank.ShareAt(1) is > 0 and < 1;

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var ends = ReliabilityBins.Ends(bins);
        int[] binOf = [.. outcomes.Rows.Select(row => ReliabilityBins.IndexOf(row.Confidence, ends))];
        double[] excess = [.. outcomes.Rows.Select(row => row.Rank.ShareAt(1) - row.Confidence)];
        var gaps = new double[bins];
        return times =>
        {
            Array.Clear(gaps);
            var all = 0L;
            for (var row = 0; row < binOf.Length; row++)
            {
                gaps[binOf[row]] += times[row] * excess[row];
                all += times[row];
            }

            return gaps.Sum(Math.Abs) / all;
        };
    }
}
