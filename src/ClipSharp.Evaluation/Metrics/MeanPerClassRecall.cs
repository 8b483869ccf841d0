namespace ClipSharp.Evaluation.Metrics;

/// <summary>Accuracy within each class, then the mean over the classes that occur: the paper's measure for sets whose classes
/// differ in size (table 9).</summary>
public sealed class MeanPerClassRecall(string name = "mean_per_class_recall") : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.Share;

    /// <inheritdoc/>
    public bool IsTied(in Outcome row) => row.Rank.ShareAt(1) is > 0 and < 1;

    /// <inheritdoc/>
    public double? Chance(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.ClassCount > 0 ? 1.0 / outcomes.ClassCount : null;
    }

    /// <summary>As many rows as would tell a plain share as exactly: all, where the classes have equally many.</summary>
    public double Worth(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        double[] sizes = [.. outcomes.Rows.CountBy(row => row.Class).Select(size => (double)size.Value)];
        return sizes.Length * sizes.Length / sizes.Sum(size => 1 / size);
    }

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        double[] shares = [.. outcomes.Rows.Select(row => row.Rank.ShareAt(1))];
        int[] classes = [.. outcomes.Rows.Select(row => row.Class)];
        var (all, right) = (new long[outcomes.ClassCount], new double[outcomes.ClassCount]);
        return times =>
        {
            Array.Clear(all);
            Array.Clear(right);
            for (var row = 0; row < classes.Length; row++)
            {
                all[classes[row]] += times[row];
                right[classes[row]] += shares[row] * times[row];
            }

            var (sum, seen) = (0.0, 0);
            for (var c = 0; c < all.Length; c++)
            {
                if (all[c] > 0)
                {
                    sum += right[c] / all[c];
                    seen++;
                }
            }

            return sum / seen;
        };
    }
}
