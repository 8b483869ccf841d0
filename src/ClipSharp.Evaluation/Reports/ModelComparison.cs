using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Reports;

/// <summary>Two models on one set, by the metric by which models are compared there.</summary>
/// <param name="First">A report.</param>
/// <param name="Second">One of another model on the same set, split and task.</param>
/// <param name="Compared">The paired test.</param>
/// <param name="RaisedPValue">Its p-value, raised for the number of tests (<see cref="Holm"/>).</param>
public sealed record ModelComparison(BenchmarkReport First, BenchmarkReport Second, PairedComparison Compared,
    double RaisedPValue)
{
    /// <summary>Whether the difference is more than chance: a raised p-value below 5%.</summary>
    public bool IsShown => RaisedPValue < 0.05;

    /// <summary>The report with the better number; of equal ones the first.</summary>
    public BenchmarkReport Better =>
        (First.Main!.Value.Unit.LowerIsBetter() ? Compared.Difference < 0 : Compared.Difference > 0) ? Second : First;

    /// <summary>Compares all models that were measured alike, two and two.</summary>
    /// <param name="reports">As <see cref="Benchmark"/> gave them; those that were read from files are passed over.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="cancel">Stops between two draws.</param>
    /// <returns>A pair each, in the order of the reports; none of models that used other pictures or classes.</returns>
    public static IReadOnlyList<ModelComparison> Of(IReadOnlyList<BenchmarkReport> reports, long seed = 0,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(reports);
        return Of([.. from report in reports
                      where report.MainMeasured is not null
                      select (report, report.MainMeasured!.Value.Metric, report.MainMeasured!.Value.Outcomes)], seed, cancel);
    }

    /// <summary>The same by metrics and outcomes of one's choice.</summary>
    /// <param name="measured">Reports, each with what is compared of it.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="cancel">Stops between two draws.</param>
    public static IReadOnlyList<ModelComparison> Of(
        IReadOnlyList<(BenchmarkReport Report, IMetric Metric, Outcomes Outcomes)> measured, long seed = 0,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(measured);
        var pairs = (from alike in measured.GroupBy(one => (one.Report.Dataset, one.Report.Split, one.Report.Task))
                     let models = alike.ToList()
                     from i in Enumerable.Range(0, models.Count)
                     from j in Enumerable.Range(i + 1, models.Count - i - 1)
                     let compared = Tested(models[i], models[j], seed, cancel)
                     where compared is not null && double.IsFinite(compared.PValue)
                     select (First: models[i].Report, Second: models[j].Report, Compared: compared)).ToList();
        var raised = Holm.Adjusted([.. pairs.Select(pair => pair.Compared.PValue)]);
        return [.. pairs.Zip(raised, (pair, p) => new ModelComparison(pair.First, pair.Second, pair.Compared, p))];
    }

    private static PairedComparison? Tested((BenchmarkReport Report, IMetric Metric, Outcomes Outcomes) first,
        (BenchmarkReport Report, IMetric Metric, Outcomes Outcomes) second, long seed, CancellationToken cancel)
    {
        try
        {
            return first.Metric.Name == second.Metric.Name
                ? PairedComparison.Of(first.Metric, first.Outcomes, second.Outcomes, seed, cancel) : null;
        }
        catch (ClipException)
        {
            return null; // of other pictures or classes nothing can be said
        }
    }
}
