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
