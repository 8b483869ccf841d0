namespace ClipSharp.Evaluation.Metrics;

/// <summary>A metric that is the mean of a number of each row.</summary>
public abstract class RowMean(string name, MetricUnit unit) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => unit;

    /// <summary>What a row adds.</summary>
    public abstract double ValueOf(in Outcome row);

    /// <summary>Whether each row is right or wrong, apart from those that tie, so that the mean is a share with exact
    /// statistics.</summary>
    internal bool IsRightOrWrong(Outcomes outcomes)
    {
        foreach (ref readonly var row in outcomes.Rows.AsSpan())
        {
            if (ValueOf(row) is not (0 or 1) && !IsTied(row))
            {
                return false;
            }
        }

        return unit is MetricUnit.Share;
    }

    /// <inheritdoc/>
    public virtual WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var values = new double[outcomes.Count];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = ValueOf(outcomes[row]);
        }

        return times =>
        {
            var (sum, count) = (0.0, 0L);
            for (var row = 0; row < values.Length; row++)
            {
                sum += times[row] * values[row];
                count += times[row];
            }

            return count == 0 ? double.NaN : sum / count;
        };
    }

    /// <inheritdoc/>
    public virtual double? Chance(Outcomes outcomes) => null;

    /// <inheritdoc/>
    public virtual bool IsTied(in Outcome row) => false;
}
