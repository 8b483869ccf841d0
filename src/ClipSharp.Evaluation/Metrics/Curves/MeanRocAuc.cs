namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>The area below the ROC curve of each class against the rest, as its mean over the classes. Equal scores are half
/// right.</summary>
public sealed class MeanRocAuc(string name = "mean_roc_auc") : MeanOverClasses(name)
{
    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes) => 0.5;

    private protected override double ValueOf(Ranking ranking, ReadOnlySpan<int> times) => ranking.RocAuc(times);
}
