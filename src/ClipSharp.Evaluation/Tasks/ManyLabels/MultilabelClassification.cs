using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks.ManyLabels;

/// <summary>Telling all that is in a picture: for each class the average precision of the pictures in the order of their cosines
/// to it, then the mean over classes (CLIP_benchmark's <c>multilabel</c> sets, VOC 2007).</summary>
internal sealed class MultilabelClassification : IEvaluationTask, IPictureTask
{
    public string Name => EvaluationTasks.Multilabel;

    public IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data) =>
        [(data.Index(SampleNeed.Picture), FeatureLayer.Projected)];

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var set = data.Prompts();
        var classes = set.Names.Count;
        var pictures = LabelVectorFeatures.Of(data, FeatureLayer.Projected, cancel);
        if (pictures.Labels.Classes != classes)
        {
            throw new ClipException(ClipError.Data, "Labels and class names do not fit", data.Folder.Data,
                $"{pictures.Labels.Classes} labels a picture", $"{classes}, as there are names",
                "Compare the list of class names with the data set.");
        }

        var classifier = data.Classifier(set.Prompts);
        var cosines = new Embeddings(pictures.Vectors.Count, classes);
        for (var row = 0; row < cosines.Count; row++)
        {
            cancel.ThrowIfCancellationRequested();
            DotProducts.Block(pictures.Vectors, row, 1, classifier.Weights, 0, classes, cosines.Writable(row));
        }

        return ZeroShotClassification.Told(set, data, [LabelVectorFeatures.Measured(pictures.Outcomes(cosines))]);
    }
}
