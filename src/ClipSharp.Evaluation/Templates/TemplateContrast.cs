using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Templates;

/// <summary>Puts what templates give beside the ensemble of all, on the same pictures.</summary>
/// <param name="metric">What is measured.</param>
/// <param name="all">What the ensemble of all says.</param>
/// <param name="seed">Of the draws.</param>
/// <param name="cancel">Stops it.</param>
internal sealed class TemplateContrast(IMetric metric, Outcomes all, long seed, CancellationToken cancel)
{
    /// <summary>The ensemble's own value.</summary>
    public TemplateValue All { get; } = Own(Intervals.Measure(metric, all, seed, cancel));

    /// <summary>The values of others, with the p-values raised over all of them; each is let go before the next is asked
    /// for.</summary>
    public IReadOnlyList<TemplateValue> Of(IEnumerable<Outcomes> others)
    {
        TemplateValue[] values = [.. others.Select(Value)];
        var raised = Holm.Adjusted([.. values.Select(value => value.PValue!.Value)]);
        return [.. values.Zip(raised, (value, p) => value with { PHolm = p })];
    }

    private TemplateValue Value(Outcomes outcomes)
    {
        var compared = PairedComparison.Of(metric, all, outcomes, seed, cancel);
        return Own(Intervals.Measure(metric, outcomes, seed, cancel)) with
        {
            Difference = compared.Difference,
            DifferenceLow = compared.Low,
            DifferenceHigh = compared.High,
            PValue = compared.PValue,
        };
    }

    private static TemplateValue Own(MetricValue measured) => new(measured.Value, measured.Low, measured.High);
}
