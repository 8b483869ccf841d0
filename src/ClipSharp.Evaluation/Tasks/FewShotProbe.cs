using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Strengths;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Linear probes on few examples a class (paper 3.1.5, figure 6): accuracy for each k, the mean over several draws, and
/// how many examples equal zero-shot on the same pictures (figure 7: log-linear between two k). Each strength is chosen on as
/// many other examples, at most <see cref="MostHeld"/> a class, which the probe does not learn from. A k that a class has
/// not enough
/// examples for is left out.</summary>
internal sealed class FewShotProbe : IEvaluationTask, IPictureTask
{
    private const int MostHeld = 4;

    public string Name => "few_shot";

    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data)
    {
        var source = data.Split(data.Options.TrainSplit);
        IPictureTask reference = new ZeroShotClassification();
        return [.. LabelledFeatures.Pictures(LabelledFeatures.LayerOf(data), LabelledFeatures.NamesOf(source), data, source),
            .. reference.Pictures(data)];
    }

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var options = data.Options;
        var layer = LabelledFeatures.LayerOf(data);
        var source = data.Split(options.TrainSplit);
        var names = LabelledFeatures.NamesOf(source);
        var test = LabelledFeatures.Like(data, layer, names);
        var train = LabelledFeatures.Of(source, layer, names);
        var classes = 1 + Math.Max(test.Labels.Max(), train.Labels.Max());
        var ofClass = Enumerable.Range(0, train.Labels.Length).GroupBy(row => train.Labels[row]).OrderBy(rows => rows.Key)
            .Select(rows => rows.ToArray()).ToArray();
        var least = ofClass.Min(rows => rows.Length);
        int[] ks = [.. options.FewshotK.Distinct().Order().Where(k => k < least)];
        if (ks.Length == 0)
        {
            throw new ClipException(ClipError.Data, "There are too few examples", data.Folder.Data,
                $"a class with {least} in the split {options.TrainSplit}",
                $"more than {options.FewshotK.Min()} of each class, one of them held out", "Choose smaller --fewshot_k.");
        }

        var (all, parts, settings) = (train.Probe(classes), new List<MeasuredOutcomes>(), new List<MetricValue>());
        var stage = data.Stage("Fitting", "probes", ks.Length * options.FewshotSeeds);
        foreach (var k in ks)
        {
            var rows = new List<Outcome>();
            for (var draw = 0; draw < options.FewshotSeeds; draw++)
            {
                var (learn, held) = Draw(ofClass, k, options.Seed + draw);
                var outcomes = Measure(all.Take(learn), all.Take(held), test, cancel);
                settings.Add(MetricValue.Setting($"fewshot_k{k}_seed{options.Seed + draw}_acc1",
                    outcomes.Rows.Average(row => row.Rank.ShareAt(1)), outcomes.Count));
                rows.AddRange(outcomes.Rows);
                stage?.Report(settings.Count);
            }

            var pictures = test.Labels.Length;
            parts.Add(new MeasuredOutcomes(
                new Outcomes(rows, [.. Enumerable.Range(0, rows.Count).Select(row => row % pictures)])
                {
                    Part = $"fewshot_k{k}",
                    ClassCount = classes,
                    Samples = test.Index,
                },
                [new TopK($"fewshot_k{k}_acc1", 1)]));
        }

        var zeroShot = new ZeroShotClassification().Run(data, cancel);
        var reference = zeroShot.Parts[0] with { Metrics = [new TopK("zeroshot_acc1", 1)] };
        settings.Add(MetricValue.Setting("examples_equal_to_zeroshot", Crossing(ks,
            [.. parts.Select(part => Mean(part.Outcomes))], Mean(reference.Outcomes)), test.Labels.Length));
        return zeroShot with { Parts = [.. parts, reference], Settings = settings };

        static double Mean(Outcomes outcomes) => outcomes.Rows.Average(row => row.Rank.ShareAt(1));
    }

    /// <summary>The number of examples a class at which the curve reaches a level: between two k on a straight line over the
    /// logarithm of k; below the first k 1 at the most is known and NaN is given where it is never reached.</summary>
    internal static double Crossing(IReadOnlyList<int> ks, IReadOnlyList<double> curve, double level)
    {
        if (curve[0] >= level)
        {
            return ks[0];
        }

        for (var i = 1; i < ks.Count; i++)
        {
            if (curve[i] >= level)
            {
                var share = (level - curve[i - 1]) / (curve[i] - curve[i - 1]);
                return ks[i - 1] * Math.Pow((double)ks[i] / ks[i - 1], share);
            }
        }

        return double.NaN;
    }

    private static (int[] Learn, int[] Held) Draw(int[][] ofClass, int k, long seed)
    {
        var (learn, held) = (new List<int>(), new List<int>());
        foreach (var (number, rows) in ofClass.Index())
        {
            var order = rows.ToArray();
            new RandomStream(seed, RandomPurpose.ValidationSplit, k, number).Shuffle<int>(order);
            learn.AddRange(order.Take(k));
            held.AddRange(order.Skip(k).Take(Math.Min(k, MostHeld)));
        }

        return ([.. learn], [.. held]);
    }

    private static Outcomes Measure(ProbeSet learn, ProbeSet held, LabelledFeatures test, CancellationToken cancel)
    {
        var found = StrengthSearch.Run(learn, held, new StrengthOptions(), null, cancel);
        var measured = found.Best.Fit.Classifier.Scores(test.Features.Vectors, cancel);
        return ClassOutcome.Of(test.Index, test.Features.SampleIds, test.Labels, measured, cancel);
    }
}
