namespace ClipSharp.Evaluation.Metrics;

/// <summary>The share of rows whose truth is among the first k: accuracy, or recall at k. What scores the same shares its
/// places (<see cref="Retrieval.OwnRank"/>).</summary>
/// <param name="name">Such as "acc5".</param>
/// <param name="k">1 or more.</param>
/// <param name="choices">How many things are chosen from, for chance; 0 = the classes.</param>
public sealed class TopK(string name, int k, int choices = 0) : RowMean(name, MetricUnit.Share)
{
    /// <summary>As for any mean, but not a number where so few classes leave nothing to choose.</summary>
    public override WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return choices == 0 && outcomes.ClassCount > 0 && outcomes.ClassCount < k ? _ => double.NaN : base.Prepare(outcomes);
    }

    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => row.Rank.ShareAt(k);

    /// <inheritdoc/>
    public override bool IsTied(in Outcome row) => row.Rank.ShareAt(k) is > 0 and < 1;

    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var among = choices > 0 ? choices : outcomes.ClassCount;
        return among >= k ? (double)k / among : null;
    }
}
