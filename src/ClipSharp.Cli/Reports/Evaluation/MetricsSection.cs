using System.Text;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>All numbers, a table a set.</summary>
internal static class MetricsSection
{
    private static readonly string[] Head =
        ["Model", "Task", "Metric", "Value", "95% interval", "Guessing", "Normalised", "Samples", "Ties", "Left out"];

    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        page.Append("<h2>All metrics</h2>\n");
        foreach (var set in reports.Sets)
        {
            var measured = reports.All.Where(report => reports.SetOf(report) == set).ToList();
            ReportPage.AppendFolded(page, set, () => ReportPage.AppendTable(page, Head, measured.SelectMany(report =>
                report.Report.Metrics.Select(metric => Row(report, metric, reports)))), isOpen: reports.Sets.Count == 1);
        }
    }

    private static IReadOnlyList<string> Row(MeasuredReport report, MetricValue metric, MeasuredReports reports)
    {
        var isShare = metric.Unit is MetricUnit.Share or MetricUnit.ErrorShare;
        return
        [
            reports.ModelOf(report),
            report.Report.Task,
            metric.Name,
            double.IsFinite(metric.Value) ? MetricText.Of(metric.Value, isShare) : "none",
            metric is { Low: { } low, High: { } high } ? $"{MetricText.Of(low, isShare)} to {MetricText.Of(high, isShare)}" : "",
            metric.Chance is { } chance ? MetricText.Of(chance, isShare) : "",
            metric.Normalised is { } normalised && double.IsFinite(normalised) ? Invariant($"{100 * normalised:0.0}") : "",
            metric.Samples > 0 ? Invariant($"{metric.Samples:N0}") : "",
            metric.Ties > 0 ? Invariant($"{metric.Ties:N0}") : "",
            report.Report.Skipped is { } skipped
                ? string.Join(", ", skipped.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}"))) : "",
        ];
    }
}
