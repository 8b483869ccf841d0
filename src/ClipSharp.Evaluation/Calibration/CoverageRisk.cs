namespace ClipSharp.Evaluation.Calibration;

/// <summary>Answering only where confidence is high enough, "none of these" elsewhere: how much is answered against how much of
/// it is wrong (Geifman and El-Yaniv 2017). A threshold is to be chosen on other rows than those it is then reported
/// on.</summary>
public sealed class CoverageRisk
{
    /// <param name="outcomes">Rows of naming: confidence and place of the truth. A row whose truth is none of the classes stands
    /// behind them, so that naming it is wrong.</param>
    public CoverageRisk(Outcomes outcomes)
        : this([.. NotNull(outcomes).Rows.Select(row => row.Confidence)], [.. outcomes.Rows.Select(row => row.Rank.ShareAt(1))])
    {
    }

    /// <param name="confidences">[N].</param>
    /// <param name="right">[N]: 0 wrong, 1 right, between where it is right by a share.</param>
    public CoverageRisk(IReadOnlyList<double> confidences, IReadOnlyList<double> right)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(right);
        if (confidences.Count != right.Count || confidences.Count == 0 || confidences.Any(double.IsNaN))
        {
            throw new ArgumentException(
                $"{confidences.Count} confidences are not numbers for each of {right.Count} rows, one or more.",
                nameof(confidences));
        }

        // Rows of one confidence are answered together or not at all. For the area they stand in any order, all equally likely.
        var (points, covered, wrong, area) = (new List<CoveragePoint>(), 0, 0.0, 0.0);
        foreach (var rows in Enumerable.Range(0, right.Count).GroupBy(row => confidences[row], row => 1 - right[row])
            .OrderByDescending(rows => rows.Key))
        {
            var (count, each) = (rows.Count(), rows.Average());
            for (var i = 1; i <= count; i++)
            {
                area += (wrong + (i * each)) / (covered + i);
            }

            (covered, wrong) = (covered + count, wrong + (count * each));
            points.Add(new CoveragePoint(rows.Key, (double)covered / right.Count, wrong / covered));
        }

        (Points, Area) = (points, area / right.Count);
    }

    /// <summary>The curve, by falling threshold; the last answers every row.</summary>
    public IReadOnlyList<CoveragePoint> Points { get; }

    /// <summary>The area below it (AURC): the mean risk over all numbers of answered rows, 0 to 1, less is better.</summary>
    public double Area { get; }

    /// <summary>The point that answers most at a risk of at most so much; null where even the surest rows are riskier.</summary>
    /// <param name="risk">0 to 1.</param>
    public CoveragePoint? ForRisk(double risk) => Points.Cast<CoveragePoint?>().LastOrDefault(point => point!.Value.Risk <= risk);

    /// <summary>The point that answers at least so much, and no more than need be.</summary>
    /// <param name="coverage">0 to 1.</param>
    public CoveragePoint ForCoverage(double coverage)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(coverage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coverage, 1);
        return Points.First(point => point.Coverage >= coverage);
    }

    /// <summary>What a threshold that was chosen elsewhere gives here.</summary>
    /// <param name="threshold">The least confidence that is answered.</param>
    public CoveragePoint At(double threshold) => Points.Cast<CoveragePoint?>().LastOrDefault(point =>
        point!.Value.Threshold >= threshold) is { } last ? last with { Threshold = threshold } : new(threshold, 0, double.NaN);

    private static Outcomes NotNull(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes;
    }
}
