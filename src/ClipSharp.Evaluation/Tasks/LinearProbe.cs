using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Strengths;
using ClipSharp.Evaluation.Registry;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>The paper's linear probe (appendix A): logistic regression on the features of the training split, its strength
/// searched on validation data, measured on the test split. CLIP_benchmark's names; its probe is another one (AdamW on projected
/// features).</summary>
internal sealed class LinearProbe : IEvaluationTask
{
    public string Name => "linear_probe";

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var layer = LabelledFeatures.LayerOf(data);
        var test = LabelledFeatures.Of(data, layer, null);
        var train = LabelledFeatures.Of(data.Split(data.Options.TrainSplit), layer, null);
        var validation = LabelledFeatures.Validation(data) is { } held ? LabelledFeatures.Of(held, layer, null) : null;
        var classes = 1 + new[] { test, train, validation }.OfType<LabelledFeatures>().Max(split => split.Labels.Max());
        var all = train.Probe(classes);
        var (fitted, chosen) = validation is not null ? (all, validation.Probe(classes))
            : all.Split(data.Options.ValProportion, data.Options.Seed);
        var metric = Main(data.Folder.Set);
        var stage = data.Stage("Fitting", "strengths", null);
        var tried = 0;
        var found = StrengthSearch.Run(fitted, chosen, new StrengthOptions
        {
            Score = scores => metric.Prepare(ClassOutcome.Of(null, [.. Enumerable.Range(0, scores.Count)],
                ((ClassTargets)chosen.Targets).Labels, scores, cancel))(Ones(scores.Count)),
        }, new Each<StrengthTrial>(_ => stage?.Report(++tried)), cancel);
        var measured = found.Fit.Classifier.Scores(test.Features.Vectors, cancel);
        var outcomes = ClassOutcome.Of(test.Index, test.Features.SampleIds, test.Labels, measured, cancel);
        return new TaskResult([ZeroShotClassification.Naming(data.Grouped(outcomes), data.Folder.Set, "lp_")])
        {
            Settings =
            [
                MetricValue.Setting("lp_C", found.Best.C, all.Count),
                MetricValue.Setting("lp_val_" + metric.Name, found.Best.Score, chosen.Count),
                MetricValue.Setting("lp_iterations", found.Fit.Iterations,
                    fitted.Count + (validation is null ? chosen.Count : 0)),
            ],
            Notes = [.. Remarks()],
        };

        IEnumerable<string> Remarks()
        {
            yield return $"the probe learns from {all.Count} pictures, features {Spelling.Of(layer)}, {all.Dimension} numbers";
            if (!found.Fit.Converged)
            {
                yield return $"the last training was stopped after {found.Fit.Iterations} iterations";
            }

            if (found.Best.Strength is <= 1.0000001e-6 or >= 0.9999999e6)
            {
                yield return "the chosen strength is at the end of the paper's grid";
            }
        }
    }

    // What a strength is chosen by is what the set is judged by.
    private static IMetric Main(BenchmarkSet? set) =>
        set?.Metric == "mean_per_class_recall" ? new MeanPerClassRecall() : new TopK("acc1", 1);

    private static int[] Ones(int count)
    {
        var ones = new int[count];
        Array.Fill(ones, 1);
        return ones;
    }

    private sealed class Each<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
