using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Files;
using ClipSharp.Retrieval;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Naming pictures: each class is the mean of its prompts (paper 3.1).</summary>
public sealed class ZeroShotClassification : IEvaluationTask
{
    /// <inheritdoc/>
    public string Name => EvaluationTasks.ZeroShot;

    /// <inheritdoc/>
    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(data);
        var prompts = data.Prompts();
        var index = data.Index(SampleNeed.Class);
        var classifier = data.Classifier(prompts.Sentences);
        var pictures = data.EncodePictures(index);
        var labels = pictures.SampleIds.Select(index.Class).ToArray();
        var outcomes = OfVectors(pictures.Vectors, labels, classifier.Weights, data.Clip.Encoder.LogitScale, index,
            pictures.SampleIds, cancel);
        string?[] notes = [ClassNames.Peculiarities(prompts.Sentences.Names),
            prompts.Sentences.Indistinguishable(data.Clip.Tokenizer, data.Clip.Config.Text.ContextLength)];
        return new TaskResult([Naming(outcomes), .. data.Options.ClassesPresent ? [Present()] : (MeasuredOutcomes[])[]])
        {
            Classnames = prompts.Sentences.Names,
            Templates = prompts.Templates,
            ClassnamesSha256 = TextLines.Hash(prompts.Sentences.Names),
            TemplatesSha256 = TextLines.Hash(prompts.Templates ?? prompts.Sentences.Texts.SelectMany(sentences => sentences)),
            Notes = notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null,
        };

        // The same, choosing only among the classes that occur in the split.
        MeasuredOutcomes Present()
        {
            var present = labels.Distinct().Order().ToArray();
            int[] places = [.. labels.Select(label => Array.BinarySearch(present, label))];
            return Naming(OfVectors(pictures.Vectors, places, classifier.Weights.Rows(present), data.Clip.Encoder.LogitScale,
                index, pictures.SampleIds, cancel), "_present");
        }
    }

    /// <summary>CLIP_benchmark's metrics of outcomes of classes: <c>acc1</c>, <c>acc5</c> (not a number below 5 classes),
    /// <c>mean_per_class_recall</c> over the classes that occur.</summary>
    /// <param name="outcomes">The rows.</param>
    /// <param name="suffix">Behind the names of accuracies, which then stand alone.</param>
    public static MeasuredOutcomes Naming(Outcomes outcomes, string suffix = "") => new(outcomes,
    [
        new TopK("acc1" + suffix, 1),
        new TopK("acc5" + suffix, 5),
        .. suffix.Length == 0 ? [new MeanPerClassRecall()] : (IMetric[])[],
    ]);

    /// <summary>Names pictures by a classifier.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="labels">[N].</param>
    /// <param name="classifier">[C, E].</param>
    /// <param name="scale">Cosines times this are logits.</param>
    /// <param name="index">The samples; null = they have no names.</param>
    /// <param name="sampleIds">[N]; null = rows are samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">A vector is not finite, or a picture has a class without a name.</exception>
    public static Outcomes OfVectors(Embeddings pictures, IReadOnlyList<int> labels, Embeddings classifier, double scale,
        SampleIndex? index = null, IReadOnlyList<int>? sampleIds = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classifier);
        if (labels.Count != pictures.Count)
        {
            throw new ArgumentException($"{labels.Count} labels are not those of {pictures.Count} pictures.", nameof(labels));
        }

        FiniteVectors.Require(pictures, row => $"row {row} of the pictures");
        return ClassOutcome.Of(index, sampleIds ?? [.. Enumerable.Range(0, pictures.Count)], labels, classifier.Count, scale,
            (row, scores) =>
            {
                var cosines = classifier.Count <= 1024 ? stackalloc float[classifier.Count] : new float[classifier.Count];
                DotProducts.Block(pictures, row, 1, classifier, 0, classifier.Count, cosines);
                for (var c = 0; c < scores.Length; c++)
                {
                    scores[c] = cosines[c];
                }
            }, cancel);
    }
}
