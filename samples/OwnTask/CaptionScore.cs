using System.Numerics.Tensors;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Tasks;

/// <summary>How well captions fit their pictures: the mean of 2.5 · cosine, or 0 where it is negative, of each picture and its
/// first caption (Hessel et al. 2021, "CLIPScore").</summary>
internal sealed class CaptionScore : IEvaluationTask
{
    public string Name => "caption_score";

    public TaskResult Run(TaskData data, CancellationToken cancel)
    {
        var index = data.Index(SampleNeed.Caption);
        var pictures = data.EncodePictures(index);
        var texts = data.EncodeTexts([.. pictures.SampleIds.Select(sample => index.Captions(sample)[0])]);
        var rows = pictures.SampleIds.Select((sample, row) => new Outcome(index.Key(sample))
        {
            Score = 2.5 * Math.Max(0, TensorPrimitives.Dot(pictures.Vectors.Row(row), texts.Row(row))),
        });
        return new TaskResult(new Outcomes([.. rows]), new MeanScore("clipscore"));
    }
}
