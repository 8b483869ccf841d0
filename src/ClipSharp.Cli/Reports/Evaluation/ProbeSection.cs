using System.Text;
using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Zero-shot less a linear probe on the same features, a chart a model (paper, figure 5).</summary>
internal static class ProbeSection
{
    private const string Probe = "linear_probe";

    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        var pairs = reports.All.Where(report => report.Report.Task == Probe && report.Report.Main is not null)
            .Select(probe => (Probe: probe, ZeroShot: reports.All.FirstOrDefault(other =>
                IsZeroShot(other) && reports.ModelOf(other) == reports.ModelOf(probe)
                && reports.SetOf(other) == reports.SetOf(probe)
                && other.Find(Plain(probe.Report.Main!.Value.Name)) is not null)))
            .Where(pair => pair.ZeroShot is not null)
            .Select(pair => (Model: reports.ModelOf(pair.Probe), Set: reports.SetOf(pair.Probe),
                Probe: pair.Probe.Report.Main!.Value,
                ZeroShot: pair.ZeroShot!.Find(Plain(pair.Probe.Report.Main!.Value.Name))!.Value))
            .ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        page.Append("<h2>Zero-shot beside a linear probe</h2>\n<p class=\"note\">Percentage points by which naming without examples beats a linear probe trained on all of the set's examples; to the left, where the probe is better.</p>\n<div class=\"charts\">\n");
        var tables = new List<(string Name, Action Append)>();
        foreach (var model in pairs.GroupBy(pair => pair.Model))
        {
            var sorted = model.OrderByDescending(pair => pair.ZeroShot.Value - pair.Probe.Value).ToList();
            ReportPage.AppendChart(page, model.Key, new BarChart
            {
                Bars = [.. sorted.Select(pair => (pair.Set, pair.ZeroShot.Value - pair.Probe.Value,
                    MetricText.Points(pair.ZeroShot.Value - pair.Probe.Value)))],
            }.Fitted(), []);
            tables.Add(($"{model.Key}: as a table", () => ReportPage.AppendTable(page,
                ["Set", "Metric", "Zero-shot", "Linear probe", "Difference, points"],
                sorted.Select(pair => (IReadOnlyList<string>)[pair.Set, pair.Probe.Name, MetricText.Of(pair.ZeroShot.Value, true),
                    MetricText.Of(pair.Probe.Value, true), MetricText.Points(pair.ZeroShot.Value - pair.Probe.Value)]))));
        }

        page.Append("</div>\n");
        foreach (var (name, append) in tables)
        {
            ReportPage.AppendFolded(page, name, append);
        }
    }

    // Probes name the same figures "lp_acc1".
    private static string Plain(string metric) => metric.StartsWith("lp_", StringComparison.Ordinal) ? metric[3..] : metric;

    public static bool IsZeroShot(MeasuredReport report) =>
        report.Report.Task.StartsWith("zeroshot", StringComparison.Ordinal);
}
