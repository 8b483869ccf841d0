using System.Globalization;
using System.Text;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Models on the same pictures, two and two: the tests that intervals side by side are not.</summary>
internal static class PairedSection
{
    public static void Append(StringBuilder page, MeasuredReports reports, CancellationToken cancel)
    {
        var metric = new TopK("acc1", 1);
        var pairs = ModelComparison.Of([.. from report in reports.All
                                           where report.Naming is not null && report.Find(metric.Name) is not null
                                           select (report.Report, (IMetric)metric, report.Naming!.Outcomes)], cancel: cancel);
        if (pairs.Count == 0)
        {
            return;
        }

        page.Append("<h2>Is one model better?</h2>\n<p class=\"note\">The same pictures for both, by accuracy; p-values by McNemar's exact test, or by the bootstrap where ties count by shares, raised for the number of tests (Holm). Below 0.05 the difference is more than chance.</p>\n");
        ReportPage.AppendTable(page, ["Set", "First", "Second", "Difference, points", "95% interval", "Only first right", "Only second right", "p", "p, raised", "Verdict"],
            pairs.Select(pair => (IReadOnlyList<string>)
            [
                reports.SetOf(Of(pair.First)),
                $"{reports.ModelOf(Of(pair.First))}: {MetricText.Percent(pair.Compared.First)}",
                $"{reports.ModelOf(Of(pair.Second))}: {MetricText.Percent(pair.Compared.Second)}",
                MetricText.Points(pair.Compared.Difference),
                $"{MetricText.Points(pair.Compared.Low)} to\u00A0{MetricText.Points(pair.Compared.High)}",
                Count(pair.Compared.OnlyFirst),
                Count(pair.Compared.OnlySecond),
                P(pair.Compared.PValue),
                P(pair.RaisedPValue),
                pair.IsShown ? $"{reports.ModelOf(Of(pair.Better))} is better" : "no difference shown",
            ]));

        MeasuredReport Of(BenchmarkReport report) => reports.All.First(measured => ReferenceEquals(measured.Report, report));
    }

    private static string Count(int? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string P(double p) => p < 0.0001 ? "<\u00A00.0001" : p.ToString("0.####", CultureInfo.InvariantCulture);
}
