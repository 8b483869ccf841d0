using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Strengths;
using ClipSharp.Evaluation.Probes.Trained;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Sets.Prompts;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Trains a linear probe and measures it (paper, appendix A): logistic regression on the features of the training
/// split, its strength searched on validation data, measured on the test split. Of a set without splits a share of each class
/// (<see cref="BenchmarkOptions.ValProportion"/>) is kept for measuring and never learned from, and of the rest as large a share
/// chooses the strength.</summary>
public sealed class ProbeTraining : IEvaluationTask
{
    private readonly TaskData? _source;

    /// <summary>Learns from the training split beside a split; a folder of another name than splits have is a set of its
    /// own.</summary>
    public ProbeTraining()
    {
    }

    /// <param name="source">What is learned from.</param>
    internal ProbeTraining(TaskData source) => _source = source;

    /// <inheritdoc/>
    public string Name => EvaluationTasks.LinearProbe;

    /// <summary>What was trained; null before <see cref="Run"/>.</summary>
    public TrainedProbe? Probe { get; private set; }

    /// <summary>Whether the set had no training split, and pictures of its own were kept for measuring.</summary>
    public bool IsCut { get; private set; }

    /// <inheritdoc/>
    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        var splits = Splits(data, _source ?? (data.Folder.IsSplit ? data.TrySplit(data.Options.TrainSplit) : null));
        var (test, train, validation) = (splits.Test, splits.Train, splits.Validation);
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
        }, new Relay<StrengthTrial>(_ => stage?.Report(++tried)), cancel);
        IsCut = splits.AreCut;
        Probe = new TrainedProbe(found.Fit.Classifier, NamesOf(data, splits.Names, classes), splits.Layer);
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
            yield return $"the probe learns from {all.Count} pictures, features {Spelling.Of(splits.Layer)}, {all.Dimension} numbers";
            if (splits.AreCut)
            {
                yield return $"the set has no split {data.Options.TrainSplit}: {test.Labels.Length} pictures of all classes were "
                    + "kept for measuring, and the probe never learned from them";
            }

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

    /// <summary>The pictures of the splits that <see cref="Splits"/> reads.</summary>
    internal static IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data, TaskData source)
    {
        var layer = LabelledFeatures.LayerOf(data);
        return source.Folder.Folder != data.Folder.Folder
            ? LabelledFeatures.Pictures(layer, LabelledFeatures.NamesOf(source),
                new[] { data, source, LabelledFeatures.Validation(data) }.OfType<TaskData>())
            : LabelledFeatures.Pictures(layer, LabelledFeatures.NamesOf(data), data);
    }

    private static (LabelledFeatures Test, LabelledFeatures Train, LabelledFeatures? Validation, IReadOnlyList<string>? Names,
        FeatureLayer Layer, bool AreCut) Splits(TaskData data, TaskData? source)
    {
        var layer = LabelledFeatures.LayerOf(data);
        if (source is not null && source.Folder.Folder != data.Folder.Folder)
        {
            var known = LabelledFeatures.NamesOf(source);
            return (LabelledFeatures.Like(data, layer, known), LabelledFeatures.Of(source, layer, known),
                LabelledFeatures.Validation(data) is { } held ? LabelledFeatures.Like(held, layer, known) : null, known, layer,
                false);
        }

        var names = LabelledFeatures.NamesOf(data);
        var all = LabelledFeatures.Of(data, layer, names);
        var kept = all.Probe(1 + all.Labels.Max()).Held(data.Options.ValProportion, data.Options.Seed);
        int[] Rows(bool own) => [.. Enumerable.Range(0, kept.Length).Where(row => kept[row] == own)];
        return Rows(true) is [] ? throw new ClipException(ClipError.Data, "There are too few pictures", data.Folder.Data,
                $"{all.Labels.Length} of {all.Labels.Distinct().Count()} classes", "several of each class",
                "Add pictures, or a folder of another split beside this one.")
            : (all.Take(Rows(true)), all.Take(Rows(false)), null, names, layer, true);
    }

    // Numbers where nobody says names, or too few.
    private static IReadOnlyList<string> NamesOf(TaskData data, IReadOnlyList<string>? own, int classes) =>
        PromptSources.TryNames(data.Folder.Dataset, data.Folder.Folder, data.Options.PromptFiles, own) is { } names
            && names.Count >= classes ? [.. names.Take(classes)]
            : [.. Enumerable.Range(0, classes).Select(number => FormattableString.Invariant($"{number}"))];

    // What a strength is chosen by is what the set is judged by.
    private static IMetric Main(BenchmarkSet? set) =>
        set?.Metric == "mean_per_class_recall" ? new MeanPerClassRecall() : new TopK("acc1", 1);

    private static int[] Ones(int count)
    {
        var ones = new int[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
