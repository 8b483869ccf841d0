using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Overlaps.Accuracy;

/// <summary>How many of some pictures are right, or overlap.</summary>
/// <param name="Right">How many; no whole number where ties count by shares.</param>
/// <param name="Count">Of how many.</param>
public readonly record struct SeenShare(double Right, int Count)
{
    /// <summary>The confidence of the paper's intervals (section 5).</summary>
    public const double Confidence = 0.995;

    /// <summary>0 to 1; null of none.</summary>
    public double? Value => Count == 0 ? null : Right / Count;

    /// <summary>The exact 99.5% interval (<see cref="ClopperPearson"/>); null of none.</summary>
    public (double Low, double High)? Interval =>
        Count == 0 ? null : ClopperPearson.Interval(Math.Min(Right, Count), Count, Confidence);
}
