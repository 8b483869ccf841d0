using ClipSharp.Training.Runs;
using static System.FormattableString;

namespace ClipSharp.Cli.Rendering;

/// <summary>Prints a replayed step: its figures, its pairs, the largest gradients.</summary>
internal static class ReplayTable
{
    private const int MostGradients = 12;
    private const int MostCaption = 100;

    public static void Print(ReplayReport report, Output output)
    {
        var done = report.Done;
        output.Line(Invariant($"step {report.Number} from {report.From ?? "the run's beginning"}"));
        output.Line(Invariant($"loss {done.Loss:R}  gradient norm {done.GradientNorm:R}  lr {done.Rate:R}  logit scale {done.LogitScale:R}"));
        if (done.Skipped)
        {
            output.Line($"the update is left out; the first bad tensor: {report.FirstBad}");
        }

        output.Table([new("row", IsNumber: true), new("sample"), new("caption")],
            report.Pairs.Select(p => (IReadOnlyList<string>)[Invariant($"{p.Row}"), $"{p.File}: {p.Key}", Cut(p.Caption)]));
        output.Table([new("largest gradients"), new("largest", IsNumber: true), new("norm", IsNumber: true)],
            report.Gradients.Take(MostGradients)
            .Select(g => (IReadOnlyList<string>)[g.Name, Invariant($"{g.Largest:0.00e+00}"), Invariant($"{g.Norm:0.00e+00}")]));
    }

    private static string Cut(string text) => text.Length <= MostCaption ? text : text[..MostCaption] + "...";
}
