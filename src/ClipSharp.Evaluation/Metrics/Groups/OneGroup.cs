namespace ClipSharp.Evaluation.Metrics.Groups;

/// <summary>A mean over the rows of one group only.</summary>
/// <param name="name">Such as "acc1_region:Africa".</param>
/// <param name="metric">What is averaged.</param>
/// <param name="group">The number of the group.</param>
public sealed class OneGroup(string name, RowMean metric, int group) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => metric.Unit;

    /// <inheritdoc/>
    public double? Chance(Outcomes outcomes) => metric.Chance(outcomes);

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => row.Group == group && metric.IsTied(row);

    /// <summary>As many rows as the group has.</summary>
    public double Worth(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return Math.Max(1, outcomes.Rows.Count(row => row.Group == group));
    }

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        int[] rows = [.. Enumerable.Range(0, outcomes.Count).Where(row => outcomes[row].Group == group)];
        double[] values = [.. rows.Select(row => metric.ValueOf(outcomes[row]))];
        return times =>
        {
            var (sum, count) = (0.0, 0L);
            foreach (var (place, row) in rows.Index())
            {
                sum += times[row] * values[place];
                count += times[row];
            }

            return count == 0 ? double.NaN : sum / count;
        };
    }
}
