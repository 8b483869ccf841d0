namespace ClipSharp.Evaluation.Metrics.Groups;

/// <summary>The mean within each group, then the mean over the groups that occur. With the two sides of retrieval as groups and
/// the pictures as units it is DataComp's mean recall at 1, with an interval that knows that both sides share their
/// pictures.</summary>
/// <param name="name">Such as "mean_recall@1".</param>
/// <param name="metric">What is averaged.</param>
public sealed class MeanOverGroups(string name, RowMean metric) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => metric.Unit;

    /// <inheritdoc/>
    public double? Chance(Outcomes outcomes) => metric.Chance(outcomes);

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => metric.IsTied(row);

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var groups = new GroupValues(metric, outcomes);
        return times => groups.Means(times).Cast<double?>().Average() ?? double.NaN;
    }
}
