namespace ClipSharp.Evaluation.Metrics;

/// <summary>How often each class was taken for which. Of classes that score the same the first counts as said, so it may depend
/// on their order where there are ties.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[] _counts;

    /// <param name="outcomes">Rows of naming.</param>
    public ConfusionMatrix(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        ClassCount = outcomes.ClassCount;
        _counts = new int[ArrayLength.Of("pairs of classes", ClassCount, ClassCount)];
        foreach (ref readonly var row in outcomes.Rows.AsSpan())
        {
            _counts[(row.Class * ClassCount) + row.Predicted]++;
        }
    }

    /// <summary>C.</summary>
    public int ClassCount { get; }

    /// <summary>How many rows of a class were said to be of another, or of itself.</summary>
    public int this[int truth, int said] => _counts[(truth * ClassCount) + said];

    /// <summary>How many rows are of the class.</summary>
    public int Present(int truth) => Enumerable.Range(0, ClassCount).Sum(said => this[truth, said]);

    /// <summary>How many rows were said to be of the class.</summary>
    public int Said(int said) => Enumerable.Range(0, ClassCount).Sum(truth => this[truth, said]);

    /// <summary>The share of the class' rows that was found; NaN where it has none.</summary>
    public double Recall(int c) => (double)this[c, c] / Present(c);

    /// <summary>The share of right ones among those said to be of the class; NaN where there are none.</summary>
    public double Precision(int c) => (double)this[c, c] / Said(c);

    /// <summary>The harmonic mean of precision and recall; NaN where the class neither occurs nor was said.</summary>
    public double F1(int c) => 2.0 * this[c, c] / (Present(c) + Said(c));
}
