namespace ClipSharp.Evaluation.Metrics;

/// <summary>The mean place of the truth, from 1; what scores the same has its mean place.</summary>
public sealed class MeanRank(string name) : RowMean(name, MetricUnit.Rank)
{
    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Rank.Mean;

    /// <inheritdoc/>
    public override bool IsTied(in Outcome row) => row.Rank.IsTied;
}
