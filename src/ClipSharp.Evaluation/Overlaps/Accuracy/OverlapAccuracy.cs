using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Overlaps.Accuracy;

/// <summary>How often a model is right on pictures that were seen in training and on those that were not (paper, section 5 and
/// figure 17).</summary>
/// <param name="Model">The model that was measured.</param>
/// <param name="Task">How.</param>
/// <param name="Clean">Pictures without overlap.</param>
/// <param name="Overlap">Pictures with overlap.</param>
public sealed record OverlapAccuracy(string Model, string Task, SeenShare Clean, SeenShare Overlap)
{
    private const double Rounding = 1e-9; // a sum of thirds may fall short of a whole number

    /// <summary>All pictures.</summary>
    public SeenShare All => new(Clean.Right + Overlap.Right, Clean.Count + Overlap.Count);

    /// <summary>What overlap adds to the figure that is published: acc(All) − acc(Clean); null where nothing is
    /// clean.</summary>
    public double? Gain => All.Value - Clean.Value;

    /// <summary>How likely so many right ones or more are among the overlap if it were no easier than what is clean: the
    /// one-tailed <see cref="BinomialTest"/> against acc(Clean). Ties that count by shares are rounded down. Null where one of
    /// both is empty.</summary>
    public double? PValue => Clean.Value is { } share && Overlap.Count > 0
        ? BinomialTest.AtLeast((int)Math.Floor(Overlap.Right + Rounding), Overlap.Count, Math.Min(share, 1))
        : null;

    /// <summary>The p-value times the number of tests of the study (Bonferroni), at most 1; null where there is none.</summary>
    public double? PBonferroni { get; init; }

    /// <summary>Several tests of one study with their corrected p-values.</summary>
    public static IReadOnlyList<OverlapAccuracy> Corrected(IReadOnlyList<OverlapAccuracy> tests)
    {
        ArgumentNullException.ThrowIfNull(tests);
        var count = tests.Count(test => test.PValue is not null);
        return [.. tests.Select(test => test with { PBonferroni = test.PValue is { } p ? Math.Min(1, count * p) : null })];
    }
}
