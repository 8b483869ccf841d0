namespace ClipSharp.Evaluation.Metrics;

/// <summary>The mean of scores from 0 to 1 that are no counts of right ones, such as Jaccard's index.</summary>
/// <param name="name">Such as "avg_jaccard_score".</param>
/// <param name="chance">What guessing gives, or null.</param>
public sealed class MeanShare(string name, double? chance = null) : RowMean(name, MetricUnit.Share)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Score;

    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes) => chance;
}
