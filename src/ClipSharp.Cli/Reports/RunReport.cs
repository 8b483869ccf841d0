using System.Globalization;
using System.Text;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Files;

namespace ClipSharp.Cli.Reports;

/// <summary>A run as one HTML page that needs no script, no network and no other file: its figure, its curves, and pictures with
/// what the model says of them.</summary>
internal static class RunReport
{
    /// <summary>The curves that every run has beside its loss.</summary>
    public static readonly (string Name, string Title)[] SmallCharts =
    [
        ("logit_scale", "Logit scale"), ("lr", "Learning rate"), ("samples_per_second", "Pairs per second"),
        ("gradient_norm", "Gradient norm"),
    ];

    /// <summary>Writes the page.</summary>
    /// <param name="path">The file, such as <c>report.html</c>.</param>
    /// <param name="data">What it shows.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static void Write(string path, RunReportData data) => AtomicFile.WriteText(path, Page(data));

    /// <summary>The page; it is also well-formed XML.</summary>
    public static string Page(RunReportData data)
    {
        var page = new StringBuilder();
        ReportPage.Begin(page, data.Title);
        AppendHead(page, data);
        AppendCurves(page, data);
        ReportPage.AppendPictures(page, data.Predictions, data.PredictionsNote);
        return ReportPage.End(page);
    }

    private static void AppendHead(StringBuilder page, RunReportData data)
    {
        if (data.Summary.Length > 0)
        {
            page.Append("<p class=\"summary\">").Append(HtmlText.Escaped(data.Summary)).Append("</p>\n");
        }

        var facts = data.Facts.ToList();
        page.Append("<section class=\"head").Append(data.Accuracy is not null && facts.Count > 0 ? " two" : "").Append("\">\n");
        if (data.Accuracy is { } accuracy)
        {
            var percent = 100 * accuracy.Value;
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"card figure\"><b>{percent:0.0}<small>%</small></b>")
                .Append("<p>").Append(HtmlText.Escaped(accuracy.Meaning)).Append("</p>")
                .Append(CultureInfo.InvariantCulture, $"<div class=\"scale\"><i style=\"width:{percent:0.##}%\"></i></div>")
                .Append(CultureInfo.InvariantCulture,
                    $"<p>{accuracy.Correct:N0} of {accuracy.Pictures:N0} pictures. Guessing among {accuracy.Classes:N0} names: {MetricText.Percent(accuracy.Chance)}.</p></div>\n");
        }

        if (facts.Count > 0)
        {
            page.Append("<dl class=\"card facts\">\n");
            foreach (var (name, value) in facts)
            {
                page.Append("<div><dt>").Append(HtmlText.Escaped(name)).Append("</dt><dd>").Append(HtmlText.Escaped(value))
                    .Append("</dd></div>\n");
            }

            page.Append("</dl>\n");
        }

        page.Append("</section>\n");
    }

    private static void AppendCurves(StringBuilder page, RunReportData data)
    {
        var history = data.History;
        if (history.Train.Count + history.Evaluations.Count == 0)
        {
            return;
        }

        page.Append("<h2>Training</h2>\n<p class=\"note\">Over the steps of the run; raw values faint, the line lightly smoothed.</p>\n<div class=\"charts\">\n");
        if (history.Train.TryGetValue("loss", out var loss))
        {
            var chart = new CurveChart
            {
                Curves = [new Curve("", loss)],
                MayBeLog = true,
                Baseline = data.BatchSize is { } batch
                    ? new Baseline(string.Create(CultureInfo.InvariantCulture, $"guessing: ln {batch} = {Math.Log(batch):0.00}"),
                        Math.Log(batch))
                    : null,
            };
            ReportPage.AppendChart(page, "Contrastive loss", chart);
        }

        var shares = history.Evaluations.Where(e => MetricText.IsShare(e.Key, e.Value)).Select(e => new Curve(e.Key, e.Value))
            .ToList();
        if (shares.Count > 0)
        {
            ReportPage.AppendChart(page, "Evaluations", new CurveChart
            {
                Curves = shares,
                IsShare = true,
                Baseline = data.Accuracy is { } accuracy
                    ? new Baseline(string.Create(CultureInfo.InvariantCulture,
                        $"guessing among {accuracy.Classes:N0}: {MetricText.Percent(accuracy.Chance)}"), accuracy.Chance)
                    : null,
            });
        }

        var others = history.Evaluations.Where(e => shares.All(s => s.Name != e.Key)).Select(e => (e.Key, e.Key, e.Value));
        var rest = SmallCharts.Where(c => history.Train.ContainsKey(c.Name))
            .Select(c => (c.Name, c.Title, history.Train[c.Name]));
        foreach (var (name, title, points) in rest.Concat(others))
        {
            ReportPage.AppendChart(page, title, new CurveChart
            {
                Curves = [new Curve("", points)],
                MayBeLog = name == "gradient_norm",
                FromZero = name == "samples_per_second",
                Width = CurveChart.SmallWidth,
                Height = CurveChart.SmallHeight,
            });
        }

        page.Append("</div>\n");
    }
}
