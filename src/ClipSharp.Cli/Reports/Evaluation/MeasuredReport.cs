using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>A report and what lies beside it.</summary>
/// <param name="Report">The report.</param>
/// <param name="Outcomes">Its rows; empty where there are none to be had.</param>
internal sealed record MeasuredReport(BenchmarkReport Report, IReadOnlyList<StoredOutcomes> Outcomes)
{
    /// <summary>Why its outcomes cannot be used; null where they can, or where it never had any.</summary>
    public string? Fault { get; init; }

    /// <summary>The rows of naming, if it is one: a class said for each picture.</summary>
    public StoredOutcomes? Naming => Outcomes.FirstOrDefault(part =>
        part.Outcomes.ClassCount > 0 && part.Outcomes[0] is { Class: >= 0, Predicted: >= 0 });

    /// <summary>Reads a report and its outcomes; without these the page says less, and why.</summary>
    /// <param name="path">The JSON.</param>
    /// <exception cref="ClipException">The report cannot be read.</exception>
    public static MeasuredReport Read(string path)
    {
        var report = BenchmarkReport.Read(path);
        if (report.OutcomesSha256 is not { } hash)
        {
            return new MeasuredReport(report, []);
        }

        try
        {
            return new MeasuredReport(report, OutcomeFile.Read(OutcomeFile.PathOf(path), hash));
        }
        catch (ClipException e)
        {
            return new MeasuredReport(report, []) { Fault = e.Message };
        }
    }

    /// <summary>The number of a name, if it is there.</summary>
    public MetricValue? Find(string metric) => Report.Metrics
        .Where(value => value.Name == metric && double.IsFinite(value.Value)).Cast<MetricValue?>().FirstOrDefault();
}
