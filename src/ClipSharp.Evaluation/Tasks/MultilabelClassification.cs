using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Metrics.Curves;
using ClipSharp.Evaluation.Sets.Labels;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Telling all that is in a picture: for each class the average precision of the pictures in the order of their cosines
/// to it, then the mean over classes (CLIP_benchmark's <c>multilabel</c> sets, VOC 2007).</summary>
internal sealed class MultilabelClassification : IEvaluationTask
{
    public string Name => EvaluationTasks.Multilabel;

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var set = data.Prompts();
        var index = data.Index(SampleNeed.Picture);
        var labels = LabelVectors.Read(index, cancel);
        data.Skip(labels.Skips.Counts);
        if (labels.Classes != set.Names.Count)
        {
            throw new ClipException(ClipError.Data, "Labels and class names do not fit", data.Folder.Data,
                $"{labels.Classes} labels a picture", $"{set.Names.Count}, as there are names",
                "Compare the list of class names with the data set.");
        }

        var classifier = data.Classifier(set.Prompts);
        var pictures = data.EncodePictures(index);
        var (rows, units, picturesSeen) = (new List<Outcome>(), new List<int>(), 0);
        var cosines = new float[set.Names.Count];
        for (var picture = 0; picture < pictures.SampleIds.Count; picture++)
        {
            cancel.ThrowIfCancellationRequested();
            var sample = pictures.SampleIds[picture];
            var truth = labels[sample];
            if (truth.IsEmpty)
            {
                continue; // counted above
            }

            DotProducts.Block(pictures.Vectors, picture, 1, classifier.Weights, 0, cosines.Length, cosines);
            for (var c = 0; c < cosines.Length; c++)
            {
                rows.Add(new Outcome(index.Key(sample))
                {
                    Sample = sample,
                    Class = c,
                    IsPositive = truth[c] == LabelVectors.Present,
                    IsIgnored = truth[c] == LabelVectors.Difficult,
                    Score = cosines[c],
                });
                units.Add(picturesSeen);
            }

            picturesSeen++;
        }

        var outcomes = new Outcomes(rows, units) { ClassCount = cosines.Length, Samples = index };
        return ZeroShotClassification.Told(set, data,
            [new MeasuredOutcomes(outcomes, [new MeanAveragePrecision(), new VocElevenPoint("map_11point"), new MeanRocAuc()])]);
    }
}
