using ClipSharp.Cli.Reports.Evaluation;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Retrieval;

namespace ClipSharp.Cli.Tests.Reports;

/// <summary>Reports with all that a page shows, drawn by a seed: models that are right so often, on sets of so many
/// classes.</summary>
internal sealed class DrawnReports(TemporaryFolder folder)
{
    private static readonly string[] Names = ["cat", "dog", "ship", "truck"];
    private static readonly double[] Skills = [0.85, 0.6, 0.35];
    private static readonly string[] Sets = ["cifar", "cifar-v2", "pets"];

    private readonly SampleIndex _index = Pictures(folder);

    /// <summary>Writes all reports and gives their paths.</summary>
    /// <param name="models">One to three.</param>
    public IReadOnlyList<string> Write(int models = 2)
    {
        var paths = new List<string>();
        for (var model = 0; model < models; model++)
        {
            foreach (var (place, set) in Sets.Index())
            {
                var skill = Skills[model] - (0.1 * place);
                Write($"{model}-{set}.json", Report(model, set, "zeroshot_classification", skill,
                    Outcomes(skill, seed: (10 * model) + place)));
                Write($"{model}-{set}-probe.json", Report(model, set, "linear_probe", skill + 0.3 - (0.2 * place), null));
                Write($"{model}-{set}-fewshot.json", Report(model, set, "fewshot", skill, null) with
                {
                    Metrics = [.. new[] { 1, 2, 4, 8, 16 }
                        .Select(k => Share($"fewshot_k{k}_acc1", skill - 0.2 + (0.1 * Math.Log2(k))))],
                });
            }
        }

        return paths;

        void Write(string name, BenchmarkReport report)
        {
            report.Write(folder[name]);
            paths.Add(folder[name]);
        }
    }

    /// <summary>The page of all reports.</summary>
    public string Page(int models = 2) => EvaluationPage.Page(new MeasuredReports([.. Write(models).Select(MeasuredReport.Read)]),
        [new DistributionShift("cifar", "cifar-v2", new RobustnessFit([.. Enumerable.Range(2, 7)
            .Select(i => new ReferenceModel($"old {i}", i / 10.0, (i / 10.0) - 0.12))]))], CancellationToken.None);

    private Outcomes Outcomes(double skill, int seed)
    {
        var random = new Random(seed);
        return new Outcomes([.. Enumerable.Range(0, _index.Count).Select(i =>
        {
            var truth = i % Names.Length;
            var said = random.NextDouble() < skill ? truth : (truth + 1 + random.Next(2)) % Names.Length;
            return new Outcome(_index.Key(i))
            {
                Sample = i,
                Class = truth,
                Predicted = said,
                Rank = new OwnRank(said == truth ? 0 : 1, 1, 1),
                Confidence = 0.3 + (0.7 * random.NextDouble()),
                Score = said == truth ? 0.9 : 0.1,
            };
        })])
        { ClassCount = Names.Length, Samples = _index };
    }

    private static BenchmarkReport Report(int model, string set, string task, double value, Outcomes? outcomes) => new()
    {
        Dataset = set,
        Split = "test",
        Model = $"model-{model}",
        Pretrained = $"runs/{model}",
        Task = task,
        Engine = "torch cpu fp32",
        Classnames = Names,
        ClassnamesSha256 = new string('a', 64),
        Templates = ["a photo of a {}"],
        Notes = ["Two names are alike: cat."],
        Metrics = outcomes is null ? [Share("acc1", value)]
            : [Intervals.Measure(new TopK("acc1", 1), outcomes), new MetricValue("acc5", double.NaN, null, null, outcomes.Count)],
        Outcomes = outcomes is null ? [] : [outcomes],
    };

    private static MetricValue Share(string name, double value) =>
        new(name, Math.Clamp(value, 0, 1), Math.Clamp(value - 0.05, 0, 1), Math.Clamp(value + 0.05, 0, 1), 100) { Chance = 0.25 };

    private static SampleIndex Pictures(TemporaryFolder folder)
    {
        ShardWriter.Write(folder["0.tar"], Enumerable.Range(0, 40).SelectMany(i => (ShardMember[])
            [new($"{i:00}", "png", ColourPictures.Png(i % 3)), new($"{i:00}", "txt", "a picture"u8.ToArray())]));
        return SampleIndex.Build(SampleSources.Open(folder["0.tar"], new DataOptions()),
            cancel: TestContext.Current.CancellationToken);
    }
}
