namespace ClipSharp.Evaluation.Statistics;

/// <summary>The exact confidence interval of a share (Clopper and Pearson 1934), as the paper gives for its overlap analysis
/// (section 5): never narrower than promised, and not of length zero when all or none are right.</summary>
public static class ClopperPearson
{
    /// <summary>The interval.</summary>
    /// <param name="right">How many were right, 0 to <paramref name="count"/>; no whole number where ties count by
    /// shares.</param>
    /// <param name="count">Of how many, 1 or more.</param>
    /// <param name="confidence">Between 0 and 1; 0.995 in the paper's overlap analysis.</param>
    public static (double Low, double High) Interval(double right, double count, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, count);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(confidence, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        var tail = (1 - confidence) / 2;
        return (right == 0 ? 0 : IncompleteBeta.Inverse(tail, right, count - right + 1),
            right == count ? 1 : IncompleteBeta.Inverse(1 - tail, right + 1, count - right));
    }
}
