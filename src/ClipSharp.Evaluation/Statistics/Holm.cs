namespace ClipSharp.Evaluation.Statistics;

/// <summary>P-values of several tests, such as one a data set, raised so that the chance of any false alarm among those below 5%
/// stays below 5% (Holm 1979).</summary>
public static class Holm
{
    /// <summary>The raised p-values, in the order given.</summary>
    /// <param name="pValues">0 to 1 each.</param>
    public static IReadOnlyList<double> Adjusted(IReadOnlyList<double> pValues)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        if (pValues.Any(p => p is not (>= 0 and <= 1)))
        {
            throw new ArgumentOutOfRangeException(nameof(pValues), "A p-value is not within 0 to 1.");
        }

        var adjusted = new double[pValues.Count];
        var (least, left) = (0.0, pValues.Count);
        foreach (var test in Enumerable.Range(0, pValues.Count).OrderBy(test => pValues[test]))
        {
            least = Math.Max(least, Math.Min(1, left * pValues[test]));
            adjusted[test] = least;
            left--;
        }

        return adjusted;
    }
}
