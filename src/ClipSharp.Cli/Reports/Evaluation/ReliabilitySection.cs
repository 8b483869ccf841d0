using System.Text;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>How right the models are where they are so sure, a chart a set.</summary>
internal static class ReliabilitySection
{
    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        var sets = reports.All.Where(report => report.Naming is not null && ProbeSection.IsZeroShot(report))
            .GroupBy(reports.SetOf)
            .ToList();
        if (sets.Count == 0)
        {
            return;
        }

        page.Append("<h2>Reliability</h2>\n<p class=\"note\">Accuracy over confidence, in 15 equal steps. On the dashed line a model is right as often as it says; larger marks stand for more pictures. The number is the expected calibration error (ECE).</p>\n<div class=\"charts\">\n");
        foreach (var set in sets)
        {
            var bins = set.OrderBy(reports.ModelIndex)
                .ToDictionary(reports.ModelIndex, report => ReliabilityBins.Of(report.Naming!.Outcomes));
            ReportPage.AppendChart(page, set.Key, new ReliabilityChart
            {
                Curves = [.. Enumerable.Range(0, reports.Models.Count).Select(i => Points(bins.GetValueOrDefault(i) ?? []))],
            }, [.. reports.Models.Select((model, i) =>
                (model, Error(set.FirstOrDefault(report => reports.ModelIndex(report) == i)?.Naming)))]);
        }

        page.Append("</div>\n");
        ReportPage.AppendFolded(page, "Reliability as a table", () => ReportPage.AppendTable(page,
            ["Set", "Model", "Confidence", "Mean confidence", "Accuracy", "Pictures"],
            from report in sets.SelectMany(set => set)
            from bin in ReliabilityBins.Of(report.Naming!.Outcomes)
            where bin.Count > 0
            select (IReadOnlyList<string>)[reports.SetOf(report), reports.ModelOf(report),
                $"{MetricText.Percent(bin.Low)} to {MetricText.Percent(bin.High)}", MetricText.Percent(bin.Confidence),
                MetricText.Percent(bin.Accuracy), FormattableString.Invariant($"{bin.Count:N0}")]));
    }

    private static string Error(StoredOutcomes? naming) => naming is null ? "not measured"
        : "ECE " + MetricText.Percent(Intervals.MeasureAlone(new CalibrationError(), naming.Outcomes).Value);

    private static IReadOnlyList<ReliabilityPoint> Points(IReadOnlyList<ReliabilityBin> bins)
    {
        var all = (double)bins.Sum(bin => bin.Count);
        return [.. bins.Where(bin => bin.Count > 0)
            .Select(bin => new ReliabilityPoint(bin.Confidence, bin.Accuracy, bin.Count / all))];
    }
}
