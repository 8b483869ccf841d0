using System.Globalization;
using System.Text;
using ClipSharp.Files;

namespace ClipSharp.Cli.Reports;

/// <summary>A run as one HTML page that needs no script, no network and no other file: its figure, its curves, and pictures with
/// what the model says of them.</summary>
internal static class RunReport
{
    private static readonly (string Name, string Title)[] SmallCharts =
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
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"/>\n")
            .Append("<title>").Append(HtmlText.Escaped(data.Title)).Append("</title>\n<style>\n").Append(Style()).Append("</style>\n</head>\n<body>\n<main>\n");
        AppendHead(page, data);
        AppendCurves(page, data);
        AppendPictures(page, data);
        return page.Append("<footer>Written by ClipSharp.</footer>\n</main>\n</body>\n</html>\n").ToString();
    }

    private static void AppendHead(StringBuilder page, RunReportData data)
    {
        page.Append("<h1>").Append(HtmlText.Escaped(data.Title)).Append("</h1>\n");
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
                .Append(CultureInfo.InvariantCulture, $"<p>{accuracy.Correct:N0} of {accuracy.Pictures:N0} pictures. Guessing among {accuracy.Classes:N0} names: {100 * accuracy.Chance:0.##}%.</p></div>\n");
        }

        if (facts.Count > 0)
        {
            page.Append("<dl class=\"card facts\">\n");
            foreach (var (name, value) in facts)
            {
                page.Append("<div><dt>").Append(HtmlText.Escaped(name)).Append("</dt><dd>").Append(HtmlText.Escaped(value)).Append("</dd></div>\n");
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
                    ? new Baseline(string.Create(CultureInfo.InvariantCulture, $"guessing: ln {batch} = {Math.Log(batch):0.00}"), Math.Log(batch))
                    : null,
            };
            AppendChart(page, "Contrastive loss", chart);
        }

        var shares = history.Evaluations.Where(e => e.Value.All(p => p.Value is >= 0 and <= 1)).Select(e => new Curve(e.Key, e.Value)).ToList();
        if (shares.Count > 0)
        {
            AppendChart(page, "Evaluations", new CurveChart
            {
                Curves = shares,
                IsShare = true,
                Baseline = data.Accuracy is { } accuracy
                    ? new Baseline(string.Create(CultureInfo.InvariantCulture, $"guessing among {accuracy.Classes:N0}: {100 * accuracy.Chance:0.##}%"), accuracy.Chance)
                    : null,
            });
        }

        var others = history.Evaluations.Where(e => shares.All(s => s.Name != e.Key)).Select(e => (e.Key, e.Key, e.Value));
        var rest = SmallCharts.Where(c => history.Train.ContainsKey(c.Name)).Select(c => (c.Name, c.Title, history.Train[c.Name]));
        foreach (var (name, title, points) in rest.Concat(others))
        {
            AppendChart(page, title, new CurveChart
            {
                Curves = [new Curve("", points)],
                MayBeLog = name == "gradient_norm",
                FromZero = name == "samples_per_second",
                Width = 268,
                Height = 190,
            });
        }

        page.Append("</div>\n");
    }

    private static void AppendChart(StringBuilder page, string title, CurveChart chart)
    {
        var isSingle = chart.Curves is [{ Name: "" }];
        page.Append("<figure class=\"card chart").Append(chart.Width < 400 ? " small" : "").Append("\"><header><h3>").Append(HtmlText.Escaped(title)).Append("</h3>");
        if (isSingle)
        {
            page.Append("<span>last ").Append(chart.ValueText(Rounded(chart.Curves[0].Points[^1].Value))).Append("</span>");
        }

        page.Append("</header>");
        if (!isSingle)
        {
            page.Append("<ul class=\"legend\">");
            for (var i = 0; i < chart.Curves.Count; i++)
            {
                var curve = chart.Curves[i];
                page.Append(CultureInfo.InvariantCulture, $"<li><i class=\"c{i % 6}\"></i>").Append(HtmlText.Escaped(curve.Name))
                    .Append(" <b>").Append(chart.ValueText(curve.Points[^1].Value)).Append("</b></li>");
            }

            page.Append("</ul>");
        }

        page.Append(chart.ToSvg(title)).Append("</figure>\n");
    }

    private static void AppendPictures(StringBuilder page, RunReportData data)
    {
        if (data.Predictions.Count == 0)
        {
            return;
        }

        page.Append("<h2>What the model says</h2>\n<p class=\"note\">").Append(HtmlText.Escaped(data.PredictionsNote)).Append("</p>\n<div class=\"sheet\">\n");
        foreach (var prediction in data.Predictions)
        {
            var isRight = prediction.Top.Count > 0 && prediction.Top[0].Label == prediction.Truth;
            page.Append("<figure class=\"card picture ").Append(isRight ? "right" : "wrong").Append("\"><img alt=\"").Append(HtmlText.Escaped(prediction.Truth))
                .Append("\" src=\"data:").Append(MediaType(prediction.Picture)).Append(";base64,").Append(Convert.ToBase64String(prediction.Picture))
                .Append("\"/><figcaption><span class=\"verdict\">").Append(isRight ? "right" : "wrong").Append("</span><div class=\"truth\">")
                .Append(HtmlText.Escaped(prediction.Truth)).Append("</div><ol class=\"guesses\">");
            foreach (var (label, probability) in prediction.Top)
            {
                var percent = 100 * Math.Clamp(probability, 0, 1);
                page.Append(label == prediction.Truth ? "<li class=\"hit\">" : "<li>")
                    .Append("<span>").Append(HtmlText.Escaped(label)).Append(CultureInfo.InvariantCulture, $"<b>{percent:0.0}%</b></span>")
                    .Append(CultureInfo.InvariantCulture, $"<span class=\"bar\"><i style=\"width:{percent:0.##}%\"></i></span></li>");
            }

            page.Append("</ol>");
            if (prediction.Top.All(t => t.Label != prediction.Truth))
            {
                page.Append(CultureInfo.InvariantCulture, $"<div class=\"absent\">The true name is not among the first {prediction.Top.Count}.</div>");
            }

            page.Append("</figcaption></figure>\n");
        }

        page.Append("</div>\n");
    }

    private static double Rounded(double value) => value == 0 || !double.IsFinite(value)
        ? value
        : double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string MediaType(ReadOnlySpan<byte> file) => file switch
    {
        [0xFF, 0xD8, ..] => "image/jpeg",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "image/webp",
        [(byte)'G', (byte)'I', (byte)'F', ..] => "image/gif",
        _ => "image/png",
    };

    private static string Style()
    {
        using var resource = typeof(RunReport).Assembly.GetManifestResourceStream("ClipSharp.Cli.Reports.report.css")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
