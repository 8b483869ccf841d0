using System.Text;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>The main metric of each set, models side by side, with intervals; a chart a task and a metric.</summary>
internal static class AccuracySection
{
    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        var groups = reports.All.Where(report => report.Report.Main is not null && !FewShotSection.IsFewShot(report))
            .GroupBy(report => (report.Report.Task, report.Report.Main!.Value.Name))
            .OrderByDescending(group => ProbeSection.IsZeroShot(group.First())).ToList();
        if (groups.Count == 0)
        {
            return;
        }

        page.Append("<h2>By set</h2>\n<p class=\"note\">Dots are what was measured, lines their 95% intervals, short strokes what guessing gives. The best first.</p>\n<div class=\"charts\">\n");
        var tables = new List<(string Name, Action Append)>();
        foreach (var group in groups)
        {
            var rows = group.GroupBy(reports.SetOf).Select(set => Row(set.Key, [.. set], reports))
                .OrderByDescending(row => row.Dots.Max(dot => dot?.Value)).ToList();
            var isShare = group.First().Report.Main!.Value.Unit is MetricUnit.Share or MetricUnit.ErrorShare;
            var title = $"{group.Key.Task}: {group.Key.Name}";
            ReportPage.AppendChart(page, title, new DotChart { Rows = rows, IsShare = isShare }.Fitted(),
                [.. reports.Models.Select(model => (model, ""))]);
            tables.Add(($"{title} as a table", () => ReportPage.AppendTable(page,
                ["Set", .. reports.Models, "Guessing"],
                rows.Select(row => (IReadOnlyList<string>)[row.Name, .. row.Dots.Select(dot => Text(dot, isShare)),
                    row.Chance is { } chance ? MetricText.Of(chance, isShare) : ""]))));
        }

        page.Append("</div>\n");
        foreach (var (name, append) in tables)
        {
            ReportPage.AppendFolded(page, name, append);
        }
    }

    private static DotRow Row(string set, IReadOnlyList<MeasuredReport> measured, MeasuredReports reports)
    {
        var dots = new Dot?[reports.Models.Count];
        foreach (var report in measured)
        {
            dots[reports.ModelIndex(report)] = DotOf(report.Report.Main!.Value);
        }

        return new DotRow(set, dots, measured[0].Report.Main!.Value.Chance);
    }

    public static Dot DotOf(MetricValue metric) => new(metric.Value, metric.Low, metric.High);

    private static string Text(Dot? dot, bool isShare) => dot is null ? ""
        : dot is { Low: { } low, High: { } high }
            ? $"{MetricText.Of(dot.Value, isShare)} ({MetricText.Of(low, isShare)} to {MetricText.Of(high, isShare)})"
            : MetricText.Of(dot.Value, isShare);
}
