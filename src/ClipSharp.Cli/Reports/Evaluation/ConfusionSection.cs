using System.Globalization;
using System.Text;
using ClipSharp.Evaluation.Reports;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>What is taken for what, and which classes are found least, with the pictures themselves: of each set the model that
/// does best on it.</summary>
internal static class ConfusionSection
{
    private const int MostPairs = 9, MostClasses = 9, PicturesEach = 4, MostMatrix = 30;
    private const int OpenSets = 1;

    public static void Append(StringBuilder page, MeasuredReports reports, CancellationToken cancel)
    {
        var best = reports.All.Where(report => report.Naming is not null && ProbeSection.IsZeroShot(report))
            .GroupBy(reports.SetOf).Select(set => set.MaxBy(report => report.Report.Main?.Value ?? double.MinValue)!).ToList();
        if (best.Count == 0)
        {
            return;
        }

        var pictures = new OutcomePictures();
        page.Append("<h2>What is taken for what</h2>\n<p class=\"note\">On each set the model that does best there. The pairs that are confused most, and the classes that are found least.</p>\n");
        foreach (var (report, i) in best.Select((report, i) => (report, i)))
        {
            ReportPage.AppendFolded(page, $"{reports.SetOf(report)}: {reports.ModelOf(report)}",
                () => AppendSet(page, report, pictures, cancel), isOpen: i < OpenSets);
        }

        if (pictures.Unread > 0)
        {
            page.Append("<p class=\"note\">")
                .Append(CultureInfo.InvariantCulture, $"{pictures.Unread:N0} pictures are gone or changed since, and not shown.</p>\n");
        }
    }

    private static void AppendSet(StringBuilder page, MeasuredReport report, OutcomePictures pictures, CancellationToken cancel)
    {
        var part = report.Naming!;
        int[] all = [.. Enumerable.Range(0, part.Outcomes.Count).Where(row => part.Outcomes[row].Class >= 0)];
        var sizes = all.CountBy(row => part.Outcomes[row].Class).ToDictionary();
        var taken = all.Where(row => part.Outcomes[row].Predicted != part.Outcomes[row].Class)
            .GroupBy(row => (Truth: part.Outcomes[row].Class, Said: part.Outcomes[row].Predicted))
            .OrderByDescending(pair => pair.Count()).ThenBy(pair => pair.Key).ToList();
        page.Append("<h3>Taken for one another</h3>\n");
        if (taken.Count == 0)
        {
            page.Append("<p class=\"note\">Nothing: every picture got its name.</p>\n");
        }

        page.Append("<ul class=\"taken\">\n");
        foreach (var pair in taken.Take(MostPairs))
        {
            page.Append("<li class=\"card\"><p><b>").Append(HtmlText.Escaped(Name(pair.Key.Truth))).Append("</b> taken for <b>")
                .Append(HtmlText.Escaped(Name(pair.Key.Said))).Append("</b></p><p class=\"count\">")
                .Append(CultureInfo.InvariantCulture,
                    $"{pair.Count():N0} of {sizes[pair.Key.Truth]:N0}, {MetricText.Percent((double)pair.Count() / sizes[pair.Key.Truth])}</p>");
            // The surest mistakes first.
            pictures.Append(page, part, pair.OrderByDescending(row => part.Outcomes[row].Confidence), PicturesEach,
                row => $"{Name(row.Class)}, taken for {Name(row.Predicted)}", cancel);
            page.Append("</li>\n");
        }

        page.Append("</ul>\n<h3>Found least</h3>\n<ul class=\"taken\">\n");
        var classes = all.GroupBy(row => part.Outcomes[row].Class)
            .Select(rows => (Class: rows.Key, Rows: rows, Right: rows.Average(row => part.Outcomes[row].Rank.ShareAt(1))))
            .OrderBy(found => found.Right).ThenByDescending(found => found.Rows.Count()).ThenBy(found => found.Class);
        foreach (var (label, rows, right) in classes.Take(MostClasses))
        {
            page.Append("<li class=\"card\"><p><b>").Append(HtmlText.Escaped(Name(label))).Append("</b></p><p class=\"count\">")
                .Append(CultureInfo.InvariantCulture, $"{MetricText.Percent(right)} of {rows.Count():N0} found</p>");
            pictures.Append(page, part, rows.OrderBy(row => part.Outcomes[row].Score), PicturesEach,
                row => Name(row.Class), cancel);
            page.Append("</li>\n");
        }

        page.Append("</ul>\n");
        if (part.Outcomes.ClassCount <= MostMatrix)
        {
            AppendMatrix(page, part, all, sizes, Name);
        }

        string Name(int label) => report.Report.Classnames?.ElementAtOrDefault(label) ?? Invariant($"class {label}");
    }

    private static void AppendMatrix(StringBuilder page, StoredOutcomes part, int[] rows, Dictionary<int, int> sizes,
        Func<int, string> name)
    {
        var counts = rows.CountBy(row => (part.Outcomes[row].Class, part.Outcomes[row].Predicted)).ToDictionary();
        page.Append("<h3>All classes</h3>\n<p class=\"note\">Lines are what is true, columns what was said; the darker, the more of the class. Empty is none.</p>\n<div class=\"card table matrix\"><table>\n<thead><tr><td></td>");
        for (var said = 0; said < part.Outcomes.ClassCount; said++)
        {
            page.Append("<th scope=\"col\"><span>").Append(HtmlText.Escaped(name(said))).Append("</span></th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        for (var truth = 0; truth < part.Outcomes.ClassCount; truth++)
        {
            page.Append("<tr><th scope=\"row\">").Append(HtmlText.Escaped(name(truth))).Append("</th>");
            for (var said = 0; said < part.Outcomes.ClassCount; said++)
            {
                if (counts.GetValueOrDefault((truth, said)) is > 0 and var count)
                {
                    var share = (double)count / sizes[truth];
                    page.Append(CultureInfo.InvariantCulture,
                        $"<td class=\"{(truth == said ? "hit" : "miss")}{(share > 0.55 ? " deep" : "")}\" style=\"--share:{100 * share:0}%\">{count:N0}</td>");
                }
                else
                {
                    page.Append("<td></td>");
                }
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }
}
