using System.Globalization;
using System.Text;
using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Reports;

/// <summary>The parts of which all pages are made: well-formed XML that needs no script, no network and no other file.</summary>
internal static class ReportPage
{
    /// <summary>All up to the head line.</summary>
    public static void Begin(StringBuilder page, string title) => page
        .Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
        .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"/>\n")
        .Append("<title>").Append(HtmlText.Escaped(title)).Append("</title>\n<style>\n").Append(Style())
        .Append("</style>\n</head>\n<body>\n<main>\n")
        .Append("<h1>").Append(HtmlText.Breakable(title)).Append("</h1>\n");

    /// <summary>All after the last section.</summary>
    /// <returns>The page.</returns>
    public static string End(StringBuilder page) =>
        page.Append("<footer>Written by ClipSharp.</footer>\n</main>\n</body>\n</html>\n").ToString();

    /// <summary>A table on its card; the first column names the row.</summary>
    public static void AppendTable(StringBuilder page, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append("<div class=\"card table\"><table>\n<thead><tr>");
        foreach (var title in head)
        {
            page.Append("<th>").Append(HtmlText.Breakable(title)).Append("</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            for (var i = 0; i < row.Count; i++)
            {
                page.Append(i == 0 ? "<th>" : "<td>").Append(HtmlText.Breakable(row[i])).Append(i == 0 ? "</th>" : "</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    /// <summary>What is shown when one asks for it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="title">What it is.</param>
    /// <param name="append">Writes it.</param>
    /// <param name="isOpen">Whether it is shown at once.</param>
    public static void AppendFolded(StringBuilder page, string title, Action append, bool isOpen = false)
    {
        page.Append(isOpen ? "<details class=\"folded\" open=\"open\"><summary>" : "<details class=\"folded\"><summary>")
            .Append(HtmlText.Breakable(title)).Append("</summary>\n");
        append();
        page.Append("</details>\n");
    }

    /// <summary>Curves on their card; a single unnamed one shows its last value instead of a legend.</summary>
    public static void AppendChart(StringBuilder page, string title, CurveChart chart)
    {
        var isSingle = chart.Curves is [{ Name: "" }];
        AppendChart(page, title, chart,
            isSingle ? [] : [.. chart.Curves.Select(curve =>
                (curve.Name, MetricText.Of(curve.Points[^1].Value, chart.IsShare)))],
            isSingle ? "last " + MetricText.Of(chart.Curves[0].Points[^1].Value, chart.IsShare) : "");
    }

    /// <summary>A chart on its card.</summary>
    /// <param name="page">The page.</param>
    /// <param name="title">Its head line.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="legend">What its colours are, in their order, and a number of each; may be empty.</param>
    /// <param name="note">A few words beside the title.</param>
    public static void AppendChart(StringBuilder page, string title, Chart chart,
        IReadOnlyList<(string Name, string Value)> legend, string note = "")
    {
        page.Append("<figure class=\"card chart").Append(chart.IsSmall ? " small" : "").Append("\"><header><h3>")
            .Append(HtmlText.Breakable(title)).Append("</h3>");
        if (note.Length > 0)
        {
            page.Append("<span>").Append(HtmlText.Escaped(note)).Append("</span>");
        }

        page.Append("</header>");
        if (legend.Count > 0)
        {
            page.Append("<ul class=\"legend\">");
            for (var i = 0; i < legend.Count; i++)
            {
                page.Append(CultureInfo.InvariantCulture, $"<li>{LegendMark.Svg(i)}").Append("<span>")
                    .Append(HtmlText.Breakable(legend[i].Name))
                    .Append("</span> <b>").Append(HtmlText.Escaped(legend[i].Value)).Append("</b></li>");
            }

            page.Append("</ul>");
        }

        // Scaled to a telephone's width the texts of a wide chart could not be read: it is drawn again, narrow, and the style
        // sheet shows one.
        page.Append(chart.ToSvg(title, chart.IsSmall ? "" : "wide"));
        if (!chart.IsSmall)
        {
            page.Append(chart.Narrow().ToSvg(title, "narrow"));
        }

        page.Append("</figure>\n");
    }

    /// <summary>Pictures, their true names, and the names a model gives them.</summary>
    public static void AppendPictures(StringBuilder page, IReadOnlyList<PicturePrediction> predictions, string note)
    {
        if (predictions.Count == 0)
        {
            return;
        }

        page.Append("<h2>What the model says</h2>\n<p class=\"note\">").Append(HtmlText.Escaped(note))
            .Append("</p>\n<div class=\"sheet\">\n");
        foreach (var prediction in predictions)
        {
            var isRight = prediction.Top.Count > 0 && prediction.Top[0].Label == prediction.Truth;
            page.Append("<figure class=\"card picture ").Append(isRight ? "right" : "wrong").Append("\"><img alt=\"")
                .Append(HtmlText.Escaped(prediction.Truth))
                .Append("\" src=\"data:").Append(MediaType(prediction.Picture)).Append(";base64,")
                .Append(Convert.ToBase64String(prediction.Picture))
                .Append("\"/><figcaption><span class=\"verdict\">").Append(isRight ? "right" : "wrong")
                .Append("</span><div class=\"truth\">")
                .Append(HtmlText.Escaped(prediction.Truth)).Append("</div><ol class=\"guesses\">");
            foreach (var (label, probability) in prediction.Top)
            {
                var percent = 100 * Math.Clamp(probability, 0, 1);
                page.Append(label == prediction.Truth ? "<li class=\"hit\">" : "<li>")
                    .Append("<span>").Append(HtmlText.Escaped(label))
                        .Append(CultureInfo.InvariantCulture, $"<b>{percent:0.0}%</b></span>")
                    .Append(CultureInfo.InvariantCulture,
                        $"<span class=\"bar\"><i style=\"width:{percent:0.##}%\"></i></span></li>");
            }

            page.Append("</ol>");
            if (prediction.Top.All(t => t.Label != prediction.Truth))
            {
                page.Append(CultureInfo.InvariantCulture,
                    $"<div class=\"absent\">The true name is not among the first {prediction.Top.Count}.</div>");
            }

            page.Append("</figcaption></figure>\n");
        }

        page.Append("</div>\n");
    }

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
