using System.Text;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Reports;

/// <summary>Many reports as one table, as CLIP_benchmark's <c>build</c> makes it: a row a report, a column a metric; beside them
/// our intervals.</summary>
public static class BenchmarkTable
{
    /// <summary>The columns behind the metrics, in this order: CLIP_benchmark's, then ours.</summary>
    private static readonly (string Name, Func<BenchmarkReport, string> Value)[] Facts =
    [
        ("dataset", report => CsvText.Harmless(report.Dataset)),
        ("model", report => CsvText.Harmless(report.Model)),
        ("pretrained", report => CsvText.Harmless(report.Pretrained)),
        ("task", report => CsvText.Harmless(report.Task)),
        ("language", report => CsvText.Harmless(report.Language)),
        ("model_fullname", report => CsvText.Harmless(FullName(report))),
        ("split", report => CsvText.Harmless(report.Split)),
        ("engine", report => CsvText.Harmless(report.Engine)),
        ("samples", report => CsvText.Number(report.Main?.Samples)),
        ("main_metric", report => CsvText.Harmless(report.Main?.Name ?? "")),
        ("main_value", report => CsvText.Number(report.Main?.Value)),
        ("main_chance", report => CsvText.Number(report.Main?.Chance)),
        ("main_normalised", report => CsvText.Number(report.Main?.Normalised)),
        ("classnames_sha256", report => CsvText.Harmless(report.ClassnamesSha256 ?? "")),
        ("templates_sha256", report => CsvText.Harmless(report.TemplatesSha256 ?? "")),
    ];

    /// <summary>Model and weights in one name.</summary>
    public static string FullName(BenchmarkReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Pretrained.Length == 0 ? report.Model : $"{report.Model} {report.Pretrained}";
    }

    /// <summary>Writes the table.</summary>
    /// <param name="path">The CSV file, replaced as a whole.</param>
    /// <param name="reports">The rows, in this order.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<BenchmarkReport> reports) =>
        AtomicFile.WriteText(path, ToCsv(reports));

    /// <summary>The table by RFC 4180: metrics by name, then what was measured, then the ends of the intervals. What is not there
    /// is empty. A text that a spreadsheet would take for a formula has an apostrophe before it.</summary>
    /// <param name="reports">The rows, in this order.</param>
    public static string ToCsv(IReadOnlyList<BenchmarkReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        string[] metrics = [.. reports.SelectMany(report => report.Metrics).Select(metric => metric.Name).Distinct()
            .Order(StringComparer.Ordinal)];
        string[] measured = [.. metrics.Where(name => reports.Any(report => Find(report, name)?.Low is not null))];
        var text = new StringBuilder();
        CsvText.AppendRow(text, [.. metrics.Select(CsvText.Harmless), .. Facts.Select(fact => fact.Name),
            .. measured.SelectMany(name => new[] { CsvText.Harmless(name + "_low"), CsvText.Harmless(name + "_high") })]);
        foreach (var report in reports)
        {
            CsvText.AppendRow(text, [.. metrics.Select(name => CsvText.Number(Find(report, name)?.Value)),
                .. Facts.Select(fact => fact.Value(report)),
                .. measured.Select(name => Find(report, name))
                    .SelectMany(metric => new[] { CsvText.Number(metric?.Low), CsvText.Number(metric?.High) })]);
        }

        return text.ToString();
    }

    /// <summary>The averages of all models, a task apart from another, in the order in which they first occur. A set that was
    /// measured twice counts once, by its last report.</summary>
    public static IReadOnlyList<ModelAverage> Averages(IReadOnlyList<BenchmarkReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        return [.. reports.GroupBy(report => (Model: FullName(report), report.Task)).Select(group =>
        {
            double?[] values = [.. group.GroupBy(report => (report.Dataset, report.Split))
                .Select(set => set.Last().Main?.Normalised)];
            return new ModelAverage(group.Key.Model, group.Key.Task, values.Average() ?? double.NaN,
                values.Count(value => value is not null), values.Count(value => value is null));
        })];
    }

    private static MetricValue? Find(BenchmarkReport report, string name) =>
        report.Metrics.Where(metric => metric.Name == name).Cast<MetricValue?>().FirstOrDefault();
}
