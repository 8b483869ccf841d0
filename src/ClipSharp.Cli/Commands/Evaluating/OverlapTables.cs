using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Evaluation.Overlaps.Accuracy;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>What a study of overlap found, for people.</summary>
internal static class OverlapTables
{
    /// <summary>Prints both tables.</summary>
    public static void Print(OverlapReport report, Output output)
    {
        output.Line(Invariant($"{report.TrainingPictures:N0} training pictures; overlap: equal pixels, or cosine at least ")
            + Invariant($"{report.Rule.Near} and at most {report.Rule.HashDistance} bits of the hash"));
        output.Table([new("data set"), new("split"), new("pictures", IsNumber: true), new("overlap", IsNumber: true),
            new("equal pixels", IsNumber: true), new("share", IsNumber: true), new("99.5% interval")],
            report.Sets.Select(set =>
            {
                var overlap = set.Overlap(report.Rule);
                return (string[])[set.Dataset, set.Split, Invariant($"{set.Pictures.Count:N0}"), Invariant($"{overlap.Right:N0}"),
                    Invariant($"{set.Pictures.Count(picture => picture.ByHash.IsIdentical):N0}"), Percent(overlap.Value),
                    Interval(overlap)];
            }));
        var measured = report.Sets.SelectMany(set => set.Measured.Select(one => (Set: set, Accuracy: one))).ToList();
        if (measured.Count > 0)
        {
            output.Table([new("data set"), new("task"), new("model"), new("all", IsNumber: true), new("clean", IsNumber: true),
                new("overlap", IsNumber: true), new("99.5% interval"), new("all - clean", IsNumber: true),
                new("p", IsNumber: true), new("p, Bonferroni", IsNumber: true)],
                measured.Select(row => (string[])[row.Set.Dataset, row.Accuracy.Task, row.Accuracy.Model,
                    Percent(row.Accuracy.All.Value), Percent(row.Accuracy.Clean.Value), Percent(row.Accuracy.Overlap.Value),
                    Interval(row.Accuracy.Overlap), Points(row.Accuracy.Gain), Probability(row.Accuracy.PValue),
                    Probability(row.Accuracy.PBonferroni)]));
            var tests = measured.Count(row => row.Accuracy.PValue is not null);
            if (tests > 0)
            {
                output.Note("p: how likely as many right ones among the overlap were if it were no easier than what is clean; "
                    + Invariant($"Bonferroni over {tests:N0} {(tests == 1 ? "test" : "tests")}"));
            }
        }

        Skipped("the training data", report.TrainingSkipped);
        foreach (var set in report.Sets)
        {
            Skipped(set.Dataset, set.Skipped);
        }

        void Skipped<T>(string where, IReadOnlyDictionary<T, long> reasons)
        {
            if (reasons.Count > 0)
            {
                output.Note($"left out of {where}: "
                    + string.Join(", ", reasons.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}"))));
            }
        }
    }

    private static string Percent(double? share) => share is { } value ? Invariant($"{value:0.0%}") : "none";

    private static string Points(double? gain) => gain is { } value ? Invariant($"{100 * value:+0.00;-0.00;0.00}") : "none";

    private static string Probability(double? p) => p switch
    {
        null => "none",
        < 0.0001 => "<0.0001",
        { } value => Invariant($"{value:0.0000}"),
    };

    private static string Interval(SeenShare share) =>
        share.Interval is { } ends ? $"{Percent(ends.Low)} to {Percent(ends.High)}" : "";
}
