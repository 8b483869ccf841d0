namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>The area below the ROC curve of a set with two classes, the second of which is looked for (paper table 9: Hateful
/// Memes). Rows are those of naming: <see cref="Outcome.Class"/> and the probability of the true class as
/// <see cref="Outcome.Score"/>. Equal probabilities are half right. Not a number for other than two classes.</summary>
public sealed class RocAuc(string name = "roc_auc") : IMetric
{
    // A model that always says the same has p for one class and 1 - p for the other, apart by rounding only: still a tie.
    private const double Rounding = 1e-15;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.Share;

    /// <inheritdoc/>
    public double? Chance(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.ClassCount == 2 ? 0.5 : null;
    }

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.ClassCount != 2
            ? _ => double.NaN
            : new Ranking(outcomes, Enumerable.Range(0, outcomes.Count), row => row.Class == 1 ? row.Score : 1 - row.Score,
                row => row.Class == 1, Rounding).RocAuc;
    }
}
