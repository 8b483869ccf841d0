using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Curves;
using ClipSharp.Evaluation.Metrics.Groups;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Sets.Prompts;
using ClipSharp.Retrieval;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Naming pictures: each class is the mean of its prompts (paper 3.1).</summary>
public sealed class ZeroShotClassification : IEvaluationTask, IPictureTask
{
    private const int MostGroups = 30;

    /// <inheritdoc/>
    public string Name => EvaluationTasks.ZeroShot;

    /// <inheritdoc/>
    IEnumerable<(SampleIndex Index, FeatureLayer Layer)> IPictureTask.Pictures(TaskData data) =>
        LabelledFeatures.Pictures(FeatureLayer.Projected, data.LabelNames(), data);

    /// <inheritdoc/>
    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        var set = data.SetClassifier();
        var index = data.Labelled(set.LabelNames);
        var classifiers = Classifiers(set, data);
        var pictures = data.EncodePictures(index);
        var labels = pictures.SampleIds.Select(index.Class).ToArray();
        var outcomes = Named(classifiers, labels);
        MeasuredOutcomes[] present = data.Options.ClassesPresent ? [Present()] : [];
        return set.Told(data, [Naming(data.Grouped(outcomes), data.Folder.Set), .. present]);

        // The same, choosing only among the classes that occur in the split.
        MeasuredOutcomes Present()
        {
            var present = labels.Distinct().Order().ToArray();
            var among = Named([.. classifiers.Select(classifier => classifier.Rows(present))],
                [.. labels.Select(label => Array.BinarySearch(present, label))]);
            return new MeasuredOutcomes(
                new Outcomes(among.Rows) { Part = "present", ClassCount = present.Length, Samples = index },
                [new TopK("acc1_present", 1), new TopK("acc5_present", 5)]);
        }

        Outcomes Named(IReadOnlyList<Embeddings> by, int[] truths) => data.Options.Ensemble is PromptEnsemble.Probabilities
            ? OfProbabilities(pictures.Vectors, truths, by, data.Clip.Logits, index, pictures.SampleIds, cancel)
            : OfVectors(pictures.Vectors, truths, by[0], data.Clip.Logits, index, pictures.SampleIds, cancel);
    }

    // One of all templates, or where probabilities are averaged one a template.
    private static IReadOnlyList<Embeddings> Classifiers(SetClassifier set, TaskData data)
    {
        if (data.Options.Ensemble is PromptEnsemble.Embeddings)
        {
            return [set.Classifier.Weights];
        }

        var templates = set.Prompts!.Templates ?? throw new ClipException(ClipError.Usage,
            "Probabilities are averaged over templates", "--ensemble", "sentences of each class's own", "templates",
            "Give them by --template or --templates.");
        var vectors = data.EncodeTemplates(set.Prompts, templates);
        return [.. templates.Select((_, template) => vectors.Classifier(template))];
    }

    /// <summary>A result with what a report says of names and templates.</summary>
    internal static TaskResult Told(SetPrompts set, TaskData data, IReadOnlyList<MeasuredOutcomes> parts)
    {
        string?[] notes = [ClassNames.Peculiarities(set.Names),
            set.Prompts.Indistinguishable(data.Clip.Tokenizer, data.Clip.Config.Text.ContextLength)];
        return new TaskResult(parts)
        {
            Classnames = set.Names,
            Templates = set.Templates is null ? null : [.. set.Templates.Select(template => template.Text)],
            ClassnamesSha256 = set.NamesSha256,
            TemplatesSha256 = set.TemplatesSha256,
            Notes = notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null,
        };
    }

    /// <summary>CLIP_benchmark's metrics of outcomes of classes: <c>acc1</c>, <c>acc5</c> (not a number below 5 classes),
    /// <c>mean_per_class_recall</c> over the classes that occur; what the set's own rule asks for, if it is another; and, where
    /// rows have groups, accuracy in the worst and in each.</summary>
    /// <param name="outcomes">The rows.</param>
    /// <param name="set">What is known of the set; null = nothing.</param>
    /// <param name="prefix">Before the names, such as "lp_" of linear probes.</param>
    public static MeasuredOutcomes Naming(Outcomes outcomes, BenchmarkSet? set = null, string prefix = "") => new(outcomes,
    [
        new TopK(prefix + "acc1", 1),
        new TopK(prefix + "acc5", 5),
        new MeanPerClassRecall(prefix + "mean_per_class_recall"),
        .. set?.Metric switch
        {
            "roc_auc" => [new RocAuc(prefix + "roc_auc")],
            "mean_acc1_acc5" => [new MeanOfTop1And5(prefix + "mean_acc1_acc5")],
            "F1-macro_all" => [new MacroF1(prefix + "F1-macro_all")],
            "acc_worst_region" or "acc_wg" or "acc_top5_wg" when outcomes.Groups is not null =>
            [
                new WorstGroup(prefix + set.Metric, new TopK("acc", set.Metric == "acc_top5_wg" ? 5 : 1), outcomes.ExceptGroups),
            ],
            _ => (IMetric[])[],
        },
        .. outcomes.Groups is { } groups ? OfGroups(prefix + "acc1", outcomes, groups) : [],
    ]);

    // Of many groups only the worst is of interest.
    private static IEnumerable<IMetric> OfGroups(string name, Outcomes outcomes, IReadOnlyList<string> groups)
    {
        var metric = new TopK(name, 1);
        return groups.Where(_ => groups.Count <= MostGroups)
            .Select((group, number) => (IMetric)new OneGroup($"{name}_{outcomes.GroupName}:{group}", metric, number))
            .Prepend(new WorstGroup($"{name}_worst_{outcomes.GroupName}", metric, outcomes.ExceptGroups));
    }

    /// <summary>Names pictures by a classifier.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="labels">[N].</param>
    /// <param name="classifier">[C, E].</param>
    /// <param name="logits">From cosines to probabilities.</param>
    /// <param name="index">The samples; null = they have no names.</param>
    /// <param name="sampleIds">[N]; null = rows are samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A vector is not finite, or a picture has a class without a name.</exception>
    public static Outcomes OfVectors(Embeddings pictures, IReadOnlyList<int> labels, Embeddings classifier, Logits logits,
        SampleIndex? index = null, IReadOnlyList<int>? sampleIds = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classifier);
        Require(pictures, labels);
        return ClassOutcome.Of(index, sampleIds ?? [.. Enumerable.Range(0, pictures.Count)], labels, classifier.Count, logits,
            (row, scores) => Cosines(pictures, row, classifier, scores), cancel);
    }

    /// <summary>Names pictures by the mean over classifiers of the probabilities that each alone gives.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="labels">[N].</param>
    /// <param name="classifiers">[C, E] each, one or more, such as one a template.</param>
    /// <param name="logits">From cosines to probabilities.</param>
    /// <param name="index">The samples; null = they have no names.</param>
    /// <param name="sampleIds">[N]; null = rows are samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A vector is not finite, or a picture has a class without a name.</exception>
    public static Outcomes OfProbabilities(Embeddings pictures, IReadOnlyList<int> labels, IReadOnlyList<Embeddings> classifiers,
        Logits logits, SampleIndex? index = null, IReadOnlyList<int>? sampleIds = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classifiers);
        ArgumentOutOfRangeException.ThrowIfZero(classifiers.Count, nameof(classifiers));
        Require(pictures, labels);
        FiniteVectors.Require(logits);
        return ClassOutcome.Of(index, sampleIds ?? [.. Enumerable.Range(0, pictures.Count)], labels, classifiers[0].Count, null,
            (row, means) =>
            {
                means.Clear();
                var scores = new double[means.Length];
                foreach (var classifier in classifiers)
                {
                    Cosines(pictures, row, classifier, scores);
                    logits.ToProbabilities(scores);
                    for (var c = 0; c < scores.Length; c++)
                    {
                        means[c] += scores[c] / classifiers.Count;
                    }
                }
            }, cancel);
    }

    private static void Require(Embeddings pictures, IReadOnlyList<int> labels)
    {
        if (labels.Count != pictures.Count)
        {
            throw new ArgumentException($"{labels.Count} labels are not those of {pictures.Count} pictures.", nameof(labels));
        }

        FiniteVectors.Require(pictures, row => $"row {row} of the pictures");
    }

    private static void Cosines(Embeddings pictures, int row, Embeddings classifier, Span<double> scores)
    {
        var cosines = classifier.Count <= 1024 ? stackalloc float[classifier.Count] : new float[classifier.Count];
        DotProducts.Block(pictures, row, 1, classifier, 0, classifier.Count, cosines);
        for (var c = 0; c < scores.Length; c++)
        {
            scores[c] = cosines[c];
        }
    }
}
