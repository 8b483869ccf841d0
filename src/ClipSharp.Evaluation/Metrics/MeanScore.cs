namespace ClipSharp.Evaluation.Metrics;

/// <summary>The mean of the rows' scores.</summary>
/// <param name="name">Its name.</param>
/// <param name="unit">What the scores are.</param>
/// <param name="chance">What guessing gives, or null.</param>
public sealed class MeanScore(string name, MetricUnit unit = MetricUnit.Score, double? chance = null) : RowMean(name, unit)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Score;

    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes) => chance;

    /// <inheritdoc/>
    public override bool IsTied(in Outcome row) => Unit == MetricUnit.Share && row.Score is > 0 and < 1;
}
