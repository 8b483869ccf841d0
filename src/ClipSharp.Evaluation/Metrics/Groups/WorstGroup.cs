namespace ClipSharp.Evaluation.Metrics.Groups;

/// <summary>The worst mean among the groups that occur (WILDS, DataComp): the region of FMoW and GeoDE, the income of Dollar
/// Street. Rows of no group are passed over; without any group it is not a number.</summary>
/// <param name="name">Such as "acc_worst_region".</param>
/// <param name="metric">What is averaged, such as the first or the first five places.</param>
/// <param name="except">Names of groups that do not count, as FMoW's "Other".</param>
public sealed class WorstGroup(string name, RowMean metric, IReadOnlyList<string>? except = null) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => metric.Unit;

    /// <summary>That of each group: guessing treats all alike.</summary>
    public double? Chance(Outcomes outcomes) => metric.Chance(outcomes);

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => metric.IsTied(row);

    /// <summary>As many rows as the smallest group has.</summary>
    public double Worth(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return new GroupValues(metric, outcomes, except).Smallest;
    }

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var groups = new GroupValues(metric, outcomes, except);
        var lowerIsBetter = Unit.LowerIsBetter();
        return times => (lowerIsBetter ? groups.Means(times).Cast<double?>().Max() : groups.Means(times).Cast<double?>().Min())
            ?? double.NaN;
    }
}
