using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Probes of few pictures a class, and with how many of them they come up to zero-shot, a chart a set (paper,
/// figure 6).</summary>
internal static partial class FewShotSection
{
    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        var sets = reports.All.Where(IsFewShot).GroupBy(reports.SetOf).ToList();
        if (sets.Count == 0)
        {
            return;
        }

        page.Append("<h2>Few examples</h2>\n<p class=\"note\">Linear probes of k pictures a class: the mean and its spread. Dashed: the same model's zero-shot accuracy.</p>\n<div class=\"charts\">\n");
        var tables = new List<(string Name, Action Append)>();
        foreach (var set in sets)
        {
            FewShotCurve[] curves = [.. set.Select(report => Curve(report, reports)).OrderBy(curve => curve.Model)];
            ReportPage.AppendChart(page, set.Key, new FewShotChart { Curves = curves },
                [.. reports.Models.Select((model, i) => (model, curves.FirstOrDefault(curve => curve.Model == i) is { } curve
                    ? Crossing(curve) : "not measured"))]);
            int[] ks = [.. curves.SelectMany(curve => curve.Points).Select(point => point.K).Distinct().Order()];
            tables.Add(($"{set.Key} as a table", () => ReportPage.AppendTable(page,
                ["Model", .. ks.Select(k => FormattableString.Invariant($"k = {k}")), "Zero-shot", "Comes up to it"],
                curves.Select(curve => (IReadOnlyList<string>)[reports.Models[curve.Model],
                    .. ks.Select(k => curve.Points.FirstOrDefault(point => point.K == k) is { } point
                        ? MetricText.Percent(point.Mean) : ""),
                    curve.ZeroShot is { } zeroShot ? MetricText.Percent(zeroShot) : "", Crossing(curve)]))));
        }

        page.Append("</div>\n");
        foreach (var (name, append) in tables)
        {
            ReportPage.AppendFolded(page, name, append);
        }
    }

    public static bool IsFewShot(MeasuredReport report) => report.Report.Metrics.Any(metric => Name().IsMatch(metric.Name));

    /// <summary>With how many pictures a class the probe comes up to zero-shot, the first time: between two measured k on a line
    /// over their logarithm, as the paper has it.</summary>
    public static string Crossing(FewShotCurve curve)
    {
        if (curve.ZeroShot is not { } zeroShot)
        {
            return "";
        }

        var at = curve.Points.ToList().FindIndex(point => point.Mean >= zeroShot);
        if (at <= 0)
        {
            return at < 0 ? string.Create(CultureInfo.InvariantCulture, $"above {curve.Points[^1].K}")
                : string.Create(CultureInfo.InvariantCulture, $"at {curve.Points[0].K} or less");
        }

        var (below, above) = (curve.Points[at - 1], curve.Points[at]);
        var share = (zeroShot - below.Mean) / (above.Mean - below.Mean);
        var k = below.K * Math.Pow((double)above.K / below.K, share);
        return string.Create(CultureInfo.InvariantCulture, $"at about {k:0.#}");
    }

    private static FewShotCurve Curve(MeasuredReport report, MeasuredReports reports)
    {
        var named = report.Report.Metrics.Where(metric => double.IsFinite(metric.Value))
            .Select(metric => (Metric: metric, Match: Name().Match(metric.Name))).Where(metric => metric.Match.Success)
            .Select(metric => (metric.Metric, K: int.Parse(metric.Match.Groups["k"].ValueSpan, CultureInfo.InvariantCulture),
                Of: metric.Match.Groups["of"].Value))
            .Where(metric => metric.K > 0).ToList();
        var of = named[0].Of;
        var zeroShot = reports.Find(reports.ModelOf(report), reports.SetOf(report),
            other => ProbeSection.IsZeroShot(other) && other.Find(of) is not null);
        return new FewShotCurve(reports.ModelIndex(report), [.. named.Where(metric => metric.Of == of).OrderBy(metric => metric.K)
            .Select(metric => new FewShotPoint(metric.K, metric.Metric.Value, metric.Metric.Low, metric.Metric.High))],
            zeroShot?.Find(of)?.Value);
    }

    [GeneratedRegex("^fewshot_k(?<k>[0-9]{1,6})_(?<of>[a-z0-9_@]+)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
