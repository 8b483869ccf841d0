using System.Text;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>With what was measured, and what is remarkable about it.</summary>
internal static class NotesSection
{
    private const int HashDigits = 12; // enough to tell two lists apart

    public static void Append(StringBuilder page, MeasuredReports reports)
    {
        List<string> notes = [.. reports.All.SelectMany(report => (report.Report.Notes ?? [])
            .Select(note => $"{reports.SetOf(report)}: {note}")).Distinct(),
            .. reports.All.Where(report => report.Fault is not null)
                .Select(report => $"{reports.SetOf(report)}, {reports.ModelOf(report)}: {report.Fault}"),
            .. Mixed(reports)];
        if (reports.LeftOut > 0)
        {
            notes.Add(Invariant($"{reports.LeftOut:N0} reports are left out: the same was measured again later."));
        }

        page.Append("<h2>How it was measured</h2>\n");
        if (notes.Count > 0)
        {
            page.Append("<ul class=\"notes\">\n");
            foreach (var note in notes)
            {
                page.Append("<li>").Append(HtmlText.Escaped(note)).Append("</li>\n");
            }

            page.Append("</ul>\n");
        }

        ReportPage.AppendFolded(page, "Models, engines, names and prompts", () => ReportPage.AppendTable(page,
            ["Set", "Model", "Weights", "Engine", "Language", "Class names, SHA-256", "Prompts, SHA-256", "Templates"],
            reports.All.Select(report => (IReadOnlyList<string>)[reports.SetOf(report), reports.ModelOf(report),
                report.Report.Pretrained, report.Report.Engine, report.Report.Language, Short(report.Report.ClassnamesSha256),
                Short(report.Report.TemplatesSha256), report.Report.Templates is { } templates
                    ? Invariant($"{templates.Count:N0}: {string.Join(" | ", templates.Take(3))}{(templates.Count > 3 ? " …" : "")}") : ""])));
    }

    // Numbers of other names or prompts cannot be held against one another.
    private static IEnumerable<string> Mixed(MeasuredReports reports) =>
        from set in reports.All.GroupBy(report => (Set: reports.SetOf(report), report.Report.Task))
        let lists = set.Select(report => (report.Report.ClassnamesSha256, report.Report.TemplatesSha256))
            .Where(hashes => hashes.ClassnamesSha256 is not null).Distinct().Count()
        where lists > 1
        select $"{set.Key.Set}: its models were measured with different class names or prompts.";

    private static string Short(string? hash) => hash is null ? "" : hash[..Math.Min(HashDigits, hash.Length)];
}
