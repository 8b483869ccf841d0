using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation;

/// <summary>One measured number.</summary>
/// <param name="Name">As CLIP_benchmark spells it, such as "acc1".</param>
/// <param name="Value">The number; shares are 0 to 1; NaN where there is none to be had, such as the five best of four
/// classes.</param>
/// <param name="Low">Lower end of its 95% confidence interval; null where none is given.</param>
/// <param name="High">Upper end.</param>
/// <param name="Samples">How many pictures or captions it was measured on.</param>
/// <param name="Ties">How many of them count by a share only, because something else scores the same.</param>
public readonly record struct MetricValue(string Name, double Value, double? Low, double? High, int Samples, int Ties = 0)
{
    /// <summary>What kind of number it is.</summary>
    public MetricUnit Unit { get; init; }

    /// <summary>What guessing gives; null where that is not known.</summary>
    public double? Chance { get; init; }

    /// <summary>A number that a task only reports, such as the strength that a search chose.</summary>
    internal static MetricValue Setting(string name, double value, int samples) =>
        new(name, value, null, null, samples) { Unit = MetricUnit.Score };

    /// <summary>Corrected for chance: 0 is guessing, 1 perfect (DataComp's normalised score).</summary>
    public double? Normalised =>
        Unit is MetricUnit.Share && Chance is { } chance && chance < 1 ? (Value - chance) / (1 - chance) : null;
}
