using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation.Templates;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Prompting;

/// <summary>Scores of templates for people.</summary>
internal static class TemplateTables
{
    private const int MostShown = 40; // characters of a template; files have it whole

    /// <summary>All of a report.</summary>
    public static void Print(TemplateReport report, Output output)
    {
        output.Line($"{report.Model} on {report.Dataset}, {report.ChosenOn}: {report.Metric} of "
            + Invariant($"{report.ChosenPictures:N0} pictures"));
        PrintTemplates(report, output);
        PrintPath(report, output);
        PrintMeasured(report, output);
        PrintNearest(report, output);
        if (report.Skipped is { } skipped)
        {
            output.Note("left out: " + string.Join(", ", skipped.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}"))));
        }
    }

    private static void PrintTemplates(TemplateReport report, Output output)
    {
        output.Table(
            [new("template"), new("alone", IsNumber: true), new("95% interval"), new("less all", IsNumber: true),
                new("p", IsNumber: true), new("all without it", IsNumber: true), new("less all", IsNumber: true),
                new("p", IsNumber: true)],
            [
                (string[])["(all together)", .. Row(report.All), "", "", ""],
                (string[])["(bare names)", .. Row(report.Bare), "", "", ""],
                .. report.Templates.OrderByDescending(score => score.Alone.Value).Select(score => (string[])[Cut(score.Template),
                    .. Row(score.Alone), score.Without is { } left ? Share(left.Value) : "",
                    score.Without is { } less ? Points(less.Difference) : "", score.Without is { } by ? P(by.PHolm) : ""]),
            ]);
        output.Note(report.Templates.Count == 1
            ? "one template only: there is none to leave out, none to choose"
            : "all without it, less all: below 0 where the template helps; p is of the paired test, raised by Holm over the templates");
    }

    private static void PrintPath(TemplateReport report, Output output)
    {
        if (report.Path.Count == 0)
        {
            return;
        }

        output.Line("Forward selection on the same pictures");
        output.Table([new("step", IsNumber: true), new("template that was added"), new(report.Metric, IsNumber: true), new("")],
            report.Path.Index().Select(step => (string[])
            [
                Invariant($"{step.Index + 1}"), Cut(report.Templates[step.Item.Template].Template), Share(step.Item.Value),
                step.Index + 1 == report.Selected.Count ? "selected up to here" : "",
            ]));
    }

    private static void PrintMeasured(TemplateReport report, Output output)
    {
        output.Line(Invariant($"Measured on {report.MeasuredOn}, {report.MeasuredPictures:N0} pictures by which nothing was chosen"));
        output.Table(
            [new("templates"), new("how many", IsNumber: true), new(report.Metric, IsNumber: true), new("95% interval"),
                new("less all", IsNumber: true), new("95% interval"), new("p", IsNumber: true)],
            report.Measured.Select(ensemble => (string[])
            [
                ensemble.Name, Invariant($"{ensemble.Templates.Count:N0}"), Share(ensemble.Value.Value),
                Interval(ensemble.Value.Low, ensemble.Value.High), Points(ensemble.Value.Difference),
                ensemble.Value is { DifferenceLow: { } low, DifferenceHigh: { } high } ? $"{Points(low)} to {Points(high)}" : "",
                P(ensemble.Value.PHolm),
            ]));
        output.Note("report these: the values above are of the pictures that were chosen by, and too high for whatever was chosen");
    }

    private static void PrintNearest(TemplateReport report, Output output)
    {
        if (report.Nearest.Count == 0)
        {
            return;
        }

        output.Line($"Names that are nearest to each other for the model, and their pictures in {report.ChosenOn}");
        output.Table([new("name"), new("name"), new("cosine", IsNumber: true), new("first as second", IsNumber: true),
                new("second as first", IsNumber: true)],
            report.Nearest.Select(pair => (string[])
            [
                Cut(report.Classnames[pair.First]), Cut(report.Classnames[pair.Second]), Invariant($"{pair.Cosine:0.000}"),
                Invariant($"{pair.FirstAsSecond:N0} of {pair.OfFirst:N0}"),
                Invariant($"{pair.SecondAsFirst:N0} of {pair.OfSecond:N0}"),
            ]));
    }

    private static string[] Row(TemplateValue value) =>
        [Share(value.Value), Interval(value.Low, value.High), Points(value.Difference), P(value.PHolm)];

    private static string Share(double value) => Invariant($"{value:0.0%}");

    private static string Interval(double? low, double? high) =>
        low is { } from && high is { } to ? $"{Share(from)} to {Share(to)}" : "";

    // Points of a hundred, with their sign.
    private static string Points(double? value) => value is { } share ? Invariant($"{100 * share:+0.0;-0.0;0.0}") : "";

    private static string P(double? value) => value switch
    {
        null => "",
        < 0.001 => "<0.001",
        { } p => Invariant($"{p:0.000}"),
    };

    private static string Cut(string text) => text.Length <= MostShown ? text : text[..(MostShown - 3)] + "...";
}
