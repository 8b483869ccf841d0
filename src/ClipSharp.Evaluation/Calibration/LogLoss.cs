using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Calibration;

/// <summary>The mean of −ln of the probability of the true class. A probability counts as at least 2⁻⁵², as scikit-learn has
/// it.</summary>
public sealed class LogLoss(string name = "log_loss") : RowMean(name, MetricUnit.Loss)
{
    private const double Least = 1.0 / (1L << 52);

    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => -Math.Log(Math.Max(row.Score, Least));
}
