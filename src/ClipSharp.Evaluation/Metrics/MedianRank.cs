namespace ClipSharp.Evaluation.Metrics;

/// <summary>The median place of the truth, from 1.</summary>
public sealed class MedianRank(string name) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.Rank;

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => row.Rank.IsTied;

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        int[] order = [.. Enumerable.Range(0, outcomes.Count).OrderBy(row => outcomes[row].Rank.Mean)];
        return times =>
        {
            var all = 0L;
            foreach (var count in times)
            {
                all += count;
            }

            return all == 0 ? double.NaN : (At((all - 1) / 2, times) + At(all / 2, times)) / 2;
        };

        double At(long place, ReadOnlySpan<int> times)
        {
            var next = 0;
            for (; place >= times[order[next]]; next++)
            {
                place -= times[order[next]];
            }

            return outcomes[order[next]].Rank.Mean;
        }
    }
}
