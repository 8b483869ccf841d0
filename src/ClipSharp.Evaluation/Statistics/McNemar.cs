namespace ClipSharp.Evaluation.Statistics;

/// <summary>The exact test of two models on the same rows, each right or wrong (McNemar 1947): rows on which both agree say
/// nothing, the others are heads or tails if the models are equally good.</summary>
public static class McNemar
{
    /// <summary>The two-sided p-value; 1 where the models agree on every row.</summary>
    /// <param name="onlyFirst">Rows that only the first model has right.</param>
    /// <param name="onlySecond">Rows that only the second model has right.</param>
    public static double PValue(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        return Math.Min(1, 2 * BinomialTest.AtMost(Math.Min(onlyFirst, onlySecond), onlyFirst + onlySecond, 0.5));
    }
}
