namespace ClipSharp.Evaluation.Metrics;

/// <summary>The mean of top-1 and top-5 accuracy: the paper's measure of Kinetics (table 9). Not a number below 5
/// classes.</summary>
public sealed class MeanOfTop1And5(string name = "mean_top1_top5") : RowMean(name, MetricUnit.Share)
{
    private readonly TopK _first = new("", 1);
    private readonly TopK _firstFive = new("", 5);

    /// <inheritdoc/>
    public override WeightedValue Prepare(Outcomes outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return outcomes.ClassCount is > 0 and < 5 ? _ => double.NaN : base.Prepare(outcomes);
    }

    /// <inheritdoc/>
    public override double ValueOf(in Outcome row) => (_first.ValueOf(row) + _firstFive.ValueOf(row)) / 2;

    /// <inheritdoc/>
    public override bool IsTied(in Outcome row) => _first.IsTied(row) || _firstFive.IsTied(row);

    /// <inheritdoc/>
    public override double? Chance(Outcomes outcomes) => (_first.Chance(outcomes) + _firstFive.Chance(outcomes)) / 2;
}
