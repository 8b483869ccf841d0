namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>A measure of how well the pictures of a class stand in front, averaged over the classes. Rows are pairs of a picture
/// and a class that is asked about: <see cref="Outcome.Class"/>, <see cref="Outcome.IsPositive"/>,
/// <see cref="Outcome.IsIgnored"/>, <see cref="Outcome.Score"/>; all pairs of a picture are one unit. Classes without a number,
/// such as those of which no picture is there, are left out.</summary>
public abstract class MeanOverClasses : IMetric
{
    private protected MeanOverClasses(string name)
    {
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.Share;

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        var rankings = Rankings(outcomes);
        return times =>
        {
            var (sum, count) = (0.0, 0);
            foreach (var ranking in rankings)
            {
                var value = ValueOf(ranking, times);
                (sum, count) = double.IsNaN(value) ? (sum, count) : (sum + value, count + 1);
            }

            return sum / count;
        };
    }

    /// <summary>The number of each class, [C]; NaN where there is none to be had.</summary>
    public IReadOnlyList<double> PerClass(Outcomes outcomes)
    {
        var rankings = Rankings(outcomes);
        var once = new int[outcomes.Count];
        Array.Fill(once, 1);
        return [.. rankings.Select(ranking => ValueOf(ranking, once))];
    }

    /// <inheritdoc/>
    public virtual double? Chance(Outcomes outcomes) => null;

    private protected abstract double ValueOf(Ranking ranking, ReadOnlySpan<int> times);

    private static Ranking[] Rankings(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        var rows = Enumerable.Range(0, outcomes.ClassCount).Select(_ => new List<int>()).ToArray();
        for (var row = 0; row < outcomes.Count; row++)
        {
            if (!outcomes[row].IsIgnored)
            {
                rows[outcomes[row].Class].Add(row);
            }
        }

        return [.. rows.Select(ranked => new Ranking(outcomes, ranked, row => row.Score, row => row.IsPositive))];
    }
}
