using System.Text;
using System.Text.Json.Nodes;
using ClipSharp.Cli.Reports.Charts;
using ClipSharp.Training;
using ClipSharp.Training.Runs.Checkpoints;
using static System.FormattableString;

namespace ClipSharp.Cli.Reports;

/// <summary>A run on a page about runs.</summary>
/// <param name="Name">Its folder's name, or more of the path where names repeat.</param>
/// <param name="History">Its curves.</param>
/// <param name="Options">What it was run with.</param>
/// <param name="Best">Its best checkpoint, where it keeps one.</param>
internal sealed record ComparedRun(string Name, RunHistory History, TrainOptions Options, BestCheckpoint? Best = null);

/// <summary>One or many runs as one HTML page: what they came to, their curves over one another, where their options differ, and
/// what the last of them says of some pictures.</summary>
internal static class RunComparison
{
    // Where a run lies and what it is called is no difference.
    private static readonly string[] NotCompared = ["name", "logs", "resume", "allow_change"];

    /// <summary>The page; it is also well-formed XML.</summary>
    /// <param name="runs">At least one.</param>
    /// <param name="predictions">Of the last run; may be empty.</param>
    public static string Page(IReadOnlyList<ComparedRun> runs, IReadOnlyList<PicturePrediction> predictions)
    {
        var page = new StringBuilder();
        var title = runs.Count == 1 ? runs[0].Name : Invariant($"{runs.Count} training runs");
        ReportPage.Begin(page, title);
        AppendRuns(page, runs);
        AppendCurves(page, runs);
        AppendOptions(page, runs);
        ReportPage.AppendPictures(page, predictions,
            Invariant($"{runs[^1].Name}: the first {predictions.Count} pictures of {runs[^1].Options.ZeroshotData}, not the best ones."));
        return ReportPage.End(page);
    }

    private static void AppendRuns(StringBuilder page, IReadOnlyList<ComparedRun> runs)
    {
        (string Name, Func<ComparedRun, string> Value)[] facts =
        [
            ("Model", run => run.Options.Pretrained is { } start
                ? $"as in {start}"
                : Path.GetFileNameWithoutExtension(run.Options.Model)),
            ("Pairs a step", run => Invariant($"{run.Options.BatchSize:N0}")),
            ("Steps", run => Last(run.History.Train, "loss") is { } last ? Invariant($"{last.Step:N0}") : "0"),
            ("Last loss", run => Value(Last(run.History.Train, "loss"), isShare: false)),
        ];
        (string Name, Func<ComparedRun, string> Value)[] best = runs.Any(run => run.Best is not null)
            ? [("Best checkpoint", run => run.Best?.ToString() ?? "none")]
            : [];
        ReportPage.AppendTable(page, ["", .. runs.Select(run => run.Name)],
            facts.Concat(best).Concat(Metrics(runs)
                .Select(metric => (Name: metric,
                    Value: (Func<ComparedRun, string>)(run =>
                        Value(Last(run.History.Evaluations, metric), IsShare(runs, metric))))))
                .Select(fact => (IReadOnlyList<string>)[fact.Name, .. runs.Select(fact.Value)]));
    }

    private static void AppendCurves(StringBuilder page, IReadOnlyList<ComparedRun> runs)
    {
        var batches = runs.Select(run => run.Options.BatchSize).Distinct().ToList();
        var small = new CurveChart { Curves = [], Width = CurveChart.SmallWidth, Height = CurveChart.SmallHeight };
        page.Append("<h2>Training</h2>\n<p class=\"note\">Over the steps of each run; raw values faint, the line lightly smoothed.</p>\n<div class=\"charts\">\n");
        Append("Contrastive loss", run => Curve(run.History.Train, "loss"), new CurveChart
        {
            Curves = [],
            MayBeLog = true,
            Baseline = batches is [var batch] && !runs.Any(run => run.Options.Siglip)
                ? new Baseline(Invariant($"guessing: ln {batch} = {Math.Log(batch):0.00}"), Math.Log(batch))
                : null,
        });
        foreach (var (name, heading) in RunReport.SmallCharts.Append(("data_share", "Share of waiting for data")))
        {
            Append(heading, run => Curve(run.History.Train, name), small with
            {
                MayBeLog = name == "gradient_norm",
                FromZero = name == "samples_per_second",
                IsShare = name == "data_share",
            });
        }

        page.Append("</div>\n");
        var metrics = Metrics(runs);
        if (metrics.Count == 0)
        {
            return;
        }

        page.Append("<h2>Evaluations</h2>\n<div class=\"charts\">\n");
        foreach (var metric in metrics)
        {
            Append(metric, run => Curve(run.History.Evaluations, metric),
                small with { IsShare = IsShare(runs, metric) });
        }

        page.Append("</div>\n");

        void Append(string heading, Func<ComparedRun, IReadOnlyList<CurvePoint>> curve, CurveChart chart)
        {
            var curves = runs.Select(run => new Curve(runs.Count == 1 ? "" : run.Name, curve(run)))
                .Where(c => c.Points.Count > 0).ToList();
            if (curves.Count > 0)
            {
                ReportPage.AppendChart(page, heading, chart with { Curves = curves });
            }
        }
    }

    private static List<string> Metrics(IReadOnlyList<ComparedRun> runs) =>
        [.. runs.SelectMany(run => run.History.Evaluations.Keys).Distinct()];

    private static void AppendOptions(StringBuilder page, IReadOnlyList<ComparedRun> runs)
    {
        // A single run is compared with the defaults.
        var columns = runs.Count > 1 ? runs.ToList() : [new ComparedRun("Default", runs[0].History, new TrainOptions()), runs[0]];
        var values = columns.ConvertAll(run => Members(run.Options));
        var differing = values.SelectMany(v => v.Keys).Distinct()
            .Where(name => values.Select(v => v.GetValueOrDefault(name)).Distinct().Count() > 1)
            .Order(StringComparer.Ordinal).ToList();
        page.Append(runs.Count > 1 ? "<h2>Where their options differ</h2>\n" : "<h2>Options that are not the defaults</h2>\n");
        if (differing.Count == 0)
        {
            page.Append("<p class=\"note\">Nowhere.</p>\n");
            return;
        }

        ReportPage.AppendTable(page, ["Option", .. columns.Select(run => run.Name)],
            differing.Select(name => (IReadOnlyList<string>)[name, .. values.Select(v => v.GetValueOrDefault(name) ?? "none")]));
    }

    private static Dictionary<string, string?> Members(TrainOptions options)
    {
        var members = new Dictionary<string, string?>();
        Flatten(JsonNode.Parse(options.ToJson())!.AsObject(), "");
        return members;

        void Flatten(JsonObject node, string prefix)
        {
            foreach (var (name, value) in node.Where(member => !NotCompared.Contains(member.Key)))
            {
                if (value is JsonObject inner)
                {
                    Flatten(inner, $"{prefix}{name}.");
                }
                else
                {
                    members[prefix + name] = value?.ToJsonString();
                }
            }
        }
    }

    private static IReadOnlyList<CurvePoint> Curve(IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> curves, string name) =>
        curves.GetValueOrDefault(name) ?? [];

    private static CurvePoint? Last(IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> curves, string name) =>
        Curve(curves, name) is [.., var last] ? last : null;

    private static bool IsShare(IReadOnlyList<ComparedRun> runs, string metric) =>
        MetricText.IsShare(metric, runs.SelectMany(run => Curve(run.History.Evaluations, metric)));

    private static string Value(CurvePoint? point, bool isShare) => point is { } p ? MetricText.Of(p.Value, isShare) : "none";
}
