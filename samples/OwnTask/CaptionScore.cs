using System.Numerics.Tensors;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Intervals;
using ClipSharp.Evaluation.Tasks;

/// <summary>How well captions fit their pictures: the mean of 2.5 · cosine, or 0 where it is negative, of each picture and its
/// first caption (Hessel et al. 2021, "CLIPScore").</summary>
internal sealed class CaptionScore : IEvaluationTask
{
    public string Name => "caption_score";

    public TaskResult Measure(TaskData data, CancellationToken cancel)
    {
        var index = data.Index(SampleNeed.Caption);
        var pictures = data.EncodePictures(index);
        var texts = data.EncodeTexts([.. pictures.SampleIds.Select(sample => index.Captions(sample)[0])]);
        double[] scores = [.. pictures.SampleIds.Select((_, row) =>
            2.5 * Math.Max(0, TensorPrimitives.Dot(pictures.Vectors.Row(row), texts.Row(row))))];
        var (low, high) = Bootstrap.Interval(scores.Length, Mean, data.Options.Seed, cancel);
        return new TaskResult([new Metric("clipscore", scores.Average(), low, high, scores.Length)]);

        // Of a resample: times says how often each picture is in it.
        double Mean(int[] times) => times.Select((count, row) => count * scores[row]).Sum() / scores.Length;
    }
}
