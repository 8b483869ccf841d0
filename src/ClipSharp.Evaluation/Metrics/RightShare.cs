namespace ClipSharp.Evaluation.Metrics;

/// <summary>The share of rows that are right, whose score says so: 1 or 0, or where something scores the same the share of
/// orders in which they are.</summary>
/// <param name="name">Such as "text_acc".</param>
/// <param name="chance">What guessing gives, or null.</param>
public sealed class RightShare(string name, double? chance = null) : RowMean(name, MetricUnit.Share)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Score;

    /// <inheritdoc/>
    public override bool IsTied(in Outcome row) => row.Score is > 0 and < 1;

    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes) => chance;
}
