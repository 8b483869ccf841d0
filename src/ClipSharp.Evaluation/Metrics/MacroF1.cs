namespace ClipSharp.Evaluation.Metrics;

/// <summary>F1 of each class, then the mean over the classes that occur. DataComp and WILDS (iWildCam) count those that occur in
/// the truth; scikit-learn counts also those that were only said, each with an F1 of 0.</summary>
/// <param name="name">WILDS' is "F1-macro_all".</param>
/// <param name="countsSaidOnly">Whether classes count that were said but are nowhere true.</param>
public sealed class MacroF1(string name = "macro_f1", bool countsSaidOnly = false) : IMetric
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public MetricUnit Unit => MetricUnit.Share;

    /// <inheritdoc/>
    public WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        int[] classes = [.. outcomes.Rows.Select(row => row.Class)];
        int[] predicted = [.. outcomes.Rows.Select(row => row.Predicted)];
        var right = new long[outcomes.ClassCount];
        var present = new long[outcomes.ClassCount];
        var said = new long[outcomes.ClassCount];
        return times =>
        {
            Array.Clear(right);
            Array.Clear(present);
            Array.Clear(said);
            for (var row = 0; row < classes.Length; row++)
            {
                present[classes[row]] += times[row];
                said[predicted[row]] += times[row];
                right[classes[row]] += classes[row] == predicted[row] ? times[row] : 0;
            }

            var (sum, count) = (0.0, 0);
            for (var c = 0; c < present.Length; c++)
            {
                if (present[c] > 0 || (countsSaidOnly && said[c] > 0))
                {
                    sum += 2.0 * right[c] / (present[c] + said[c]);
                    count++;
                }
            }

            return sum / count;
        };
    }
}
