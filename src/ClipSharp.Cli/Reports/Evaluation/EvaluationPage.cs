using System.Text;
using ClipSharp.Evaluation.Reports;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports.Evaluation;

/// <summary>Evaluations of many models on many sets as one HTML page that needs no script, no network and no other
/// file.</summary>
internal static class EvaluationPage
{
    // A section is a class that writes nothing where it has nothing to say.
    private static readonly Action<StringBuilder, MeasuredReports>[] Sections =
    [
        AccuracySection.Append,
        ProbeSection.Append,
        FewShotSection.Append,
    ];

    /// <summary>The page; it is also well-formed XML.</summary>
    /// <param name="reports">What was measured.</param>
    /// <param name="shifts">Which sets are shifted from which, and the fits of other models.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    public static string Page(MeasuredReports reports, IReadOnlyList<DistributionShift> shifts, CancellationToken cancel)
    {
        var page = new StringBuilder();
        var title = reports.Models is [var model] ? $"Evaluation of {model}" : Invariant($"Evaluation of {reports.Models.Count} models");
        ReportPage.Begin(page, title);
        AppendHead(page, reports);
        foreach (var append in Sections)
        {
            append(page, reports);
        }

        RobustnessSection.Append(page, reports, shifts);
        PairedSection.Append(page, reports, cancel);
        ReliabilitySection.Append(page, reports);
        ConfusionSection.Append(page, reports, cancel);
        MetricsSection.Append(page, reports);
        NotesSection.Append(page, reports);
        return ReportPage.End(page);
    }

    private static void AppendHead(StringBuilder page, MeasuredReports reports)
    {
        var samples = reports.All.Select(report => (Set: reports.SetOf(report), report.Report.Main?.Samples ?? 0)).Distinct()
            .GroupBy(set => set.Set, set => set.Item2).Sum(set => (long)set.Max());
        page.Append("<section class=\"head\">\n<dl class=\"card facts\">\n");
        Fact("Models", Invariant($"{reports.Models.Count:N0}"));
        Fact("Sets", Invariant($"{reports.Sets.Count:N0}"));
        Fact("Reports", Invariant($"{reports.All.Count:N0}"));
        Fact("Samples", Invariant($"{samples:N0}"));
        page.Append("</dl>\n</section>\n");
        var whole = reports.All.Where(report => !FewShotSection.IsFewShot(report)).Select(report => report.Report);
        List<ModelAverage> averages = [.. BenchmarkTable.Averages([.. whole]).Where(average => average.Sets > 1)];
        if (averages.Count == 0)
        {
            return;
        }

        page.Append("<h2>Over all sets</h2>\n<p class=\"note\">The mean of each set's main metric, chance taken off: 0 is guessing, 100 is perfect.</p>\n");
        var names = reports.All.DistinctBy(reports.ModelOf)
            .ToDictionary(report => BenchmarkTable.FullName(report.Report), reports.ModelOf);
        ReportPage.AppendTable(page, ["Model", "Task", "Normalised mean", "Sets", "Without a known chance"],
            averages.OrderBy(average => average.Task, StringComparer.Ordinal).ThenByDescending(average => average.Value)
                .Select(average => (IReadOnlyList<string>)[names[average.Model], average.Task,
                    Invariant($"{100 * average.Value:0.0}"), Invariant($"{average.Sets:N0}"), Invariant($"{average.LeftOut:N0}")]));

        void Fact(string name, string value) =>
            page.Append("<div><dt>").Append(name).Append("</dt><dd>").Append(value).Append("</dd></div>\n");
    }
}
