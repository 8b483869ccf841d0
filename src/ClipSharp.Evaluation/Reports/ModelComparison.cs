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
        var pairs = (from alike in reports.Where(report => report.MainMeasured is not null)
                         .GroupBy(report => (report.Dataset, report.Split, report.Task))
                     let measured = alike.ToList()
                     from i in Enumerable.Range(0, measured.Count)
                     from j in Enumerable.Range(i + 1, measured.Count - i - 1)
                     let compared = Tested(measured[i], measured[j], seed, cancel)
                     where compared is not null && double.IsFinite(compared.PValue)
                     select (First: measured[i], Second: measured[j], Compared: compared)).ToList();
        var raised = Holm.Adjusted([.. pairs.Select(pair => pair.Compared.PValue)]);
        return [.. pairs.Zip(raised, (pair, p) => new ModelComparison(pair.First, pair.Second, pair.Compared, p))];
    }

    private static PairedComparison? Tested(BenchmarkReport first, BenchmarkReport second, long seed, CancellationToken cancel)
    {
        var (a, b) = (first.MainMeasured!.Value, second.MainMeasured!.Value);
        try
        {
            return a.Metric.Name == b.Metric.Name ? PairedComparison.Of(a.Metric, a.Outcomes, b.Outcomes, seed, cancel) : null;
        }
        catch (ClipException)
        {
            return null; // of other pictures or classes nothing can be said
        }
    }
}
