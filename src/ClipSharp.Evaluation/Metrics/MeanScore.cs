namespace ClipSharp.Evaluation.Metrics;

/// <summary>The mean of the rows' scores.</summary>
public sealed class MeanScore(string name, MetricUnit unit = MetricUnit.Score) : RowMean(name, unit)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Score;
}
