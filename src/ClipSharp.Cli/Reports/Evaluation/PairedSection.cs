using System.Globalization;
using System.Text;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Models on the same pictures, two and two: the tests that intervals side by side are not.</summary>
internal static class PairedSection
{
    private const double Level = 0.05;

    public static void Append(StringBuilder page, MeasuredReports reports, CancellationToken cancel)
    {
        var pairs = Pairs(reports, cancel).ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        var adjusted = Holm.Adjusted([.. pairs.Select(pair => pair.Compared.PValue)]);
        page.Append("<h2>Is one model better?</h2>\n<p class=\"note\">The same pictures for both, by accuracy; p-values by McNemar's exact test, or by the bootstrap where ties count by shares, raised for the number of tests (Holm). Below 0.05 the difference is more than chance.</p>\n");
        ReportPage.AppendTable(page, ["Set", "First", "Second", "Difference, points", "95% interval", "Only first right", "Only second right", "p", "p, raised", "Verdict"],
            pairs.Zip(adjusted, (pair, p) => (IReadOnlyList<string>)
            [
                pair.Set,
                $"{pair.First}: {MetricText.Percent(pair.Compared.First)}",
                $"{pair.Second}: {MetricText.Percent(pair.Compared.Second)}",
                MetricText.Points(pair.Compared.Difference),
                $"{MetricText.Points(pair.Compared.Low)} to\u00A0{MetricText.Points(pair.Compared.High)}",
                Count(pair.Compared.OnlyFirst),
                Count(pair.Compared.OnlySecond),
                P(pair.Compared.PValue),
                P(p),
                p >= Level ? "no difference shown" : $"{(pair.Compared.Difference > 0 ? pair.Second : pair.First)} is better",
            ]));
    }

    private static IEnumerable<(string Set, string First, string Second, PairedComparison Compared)> Pairs(
        MeasuredReports reports, CancellationToken cancel)
    {
        var metric = new TopK("acc1", 1);
        foreach (var group in reports.All.Where(report => report.Naming is not null && report.Find(metric.Name) is not null)
            .GroupBy(report => (reports.SetOf(report), report.Report.Task)))
        {
            var measured = group.ToList();
            for (var i = 0; i < measured.Count; i++)
            {
                for (var j = i + 1; j < measured.Count; j++)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (Compared(metric, measured[i].Naming!.Outcomes, measured[j].Naming!.Outcomes, cancel) is { } compared
                        && !double.IsNaN(compared.PValue))
                    {
                        yield return (group.Key.Item1, reports.ModelOf(measured[i]), reports.ModelOf(measured[j]), compared);
                    }
                }
            }
        }
    }

    // Of other pictures, or of other classes, nothing can be said.
    private static PairedComparison? Compared(IMetric metric, Outcomes first, Outcomes second, CancellationToken cancel)
    {
        try
        {
            return first.ClassCount == second.ClassCount ? PairedComparison.Of(metric, first, second, cancel: cancel) : null;
        }
        catch (ClipException)
        {
            return null;
        }
    }

    private static string Count(int? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string P(double p) => p < 0.0001 ? "<\u00A00.0001" : p.ToString("0.####", CultureInfo.InvariantCulture);
}
