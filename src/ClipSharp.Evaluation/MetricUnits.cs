using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation;

/// <summary>What follows from the kind of a number.</summary>
public static class MetricUnits
{
    /// <summary>Whether less is better.</summary>
    public static bool LowerIsBetter(this MetricUnit unit) =>
        unit is MetricUnit.ErrorShare or MetricUnit.Rank or MetricUnit.Loss;
}
