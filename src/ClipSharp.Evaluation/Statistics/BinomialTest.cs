namespace ClipSharp.Evaluation.Statistics;

/// <summary>The exact one-tailed test of a share against a known one: whether a part of a set, such as the pictures that training
/// has seen (paper section 5), does better than the rest.</summary>
public static class BinomialTest
{
    /// <summary>How likely so many successes or more are.</summary>
    /// <param name="successes">0 to <paramref name="count"/>.</param>
    /// <param name="count">Tries.</param>
    /// <param name="share">The probability of a success, 0 to 1.</param>
    public static double AtLeast(int successes, int count, double share)
    {
        Check(successes, count, share);
        return successes == 0 ? 1 : IncompleteBeta.Value(share, successes, count - successes + 1.0);
    }

    /// <summary>How likely so many successes or fewer are.</summary>
    /// <param name="successes">0 to <paramref name="count"/>.</param>
    /// <param name="count">Tries.</param>
    /// <param name="share">The probability of a success, 0 to 1.</param>
    public static double AtMost(int successes, int count, double share)
    {
        Check(successes, count, share);
        return successes == count ? 1 : IncompleteBeta.Value(1 - share, count - successes, successes + 1.0);
    }

    private static void Check(int successes, int count, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
    }
}
