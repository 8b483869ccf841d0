namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>Average precision by scikit-learn's rule, without interpolation and with equal scores taken together, as its mean
/// over the classes: CLIP_benchmark's measure of multi-label sets.</summary>
public sealed class MeanAveragePrecision(string name = "mean_average_precision") : MeanOverClasses(name)
{
    /// <summary>The mean share of positive rows: what a model gives whose scores are all the same.</summary>
    public override double? Chance(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.Rows.Where(row => !row.IsIgnored).GroupBy(row => row.Class, row => row.IsPositive ? 1.0 : 0)
            .Select(rows => rows.Average()).Where(share => share > 0).Cast<double?>().Average();
    }

    private protected override double ValueOf(Ranking ranking, ReadOnlySpan<int> times) => ranking.AveragePrecision(times);
}
