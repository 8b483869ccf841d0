using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Templates;

/// <summary>What templates give.</summary>
/// <param name="Value">The metric, 0 to 1.</param>
/// <param name="Low">Lower end of its 95% interval.</param>
/// <param name="High">Upper end.</param>
public sealed record TemplateValue(double Value, double? Low, double? High)
{
    /// <summary>Less the ensemble of all on the same pictures: above 0 where these are better; null of the ensemble of
    /// all.</summary>
    public double? Difference { get; init; }

    /// <summary>Lower end of the difference's 95% interval.</summary>
    public double? DifferenceLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? DifferenceHigh { get; init; }

    /// <summary>Of <see cref="PairedComparison"/>.</summary>
    public double? PValue { get; init; }

    /// <summary>The same raised by <see cref="Holm"/> over the list that it stands in.</summary>
    public double? PHolm { get; init; }
}
