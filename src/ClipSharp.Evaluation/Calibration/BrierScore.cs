using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Calibration;

/// <summary>The mean squared distance between the probabilities and the truth, summed over the classes (Brier 1950), 0 to
/// 2.</summary>
public sealed class BrierScore(string name = "brier") : RowMean(name, MetricUnit.Loss)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.SquaredError;
}
