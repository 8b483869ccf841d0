using ClipSharp.Evaluation.Intervals;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation;

/// <summary>Recall at k both ways with CLIP_benchmark's names: <c>image_retrieval_recall@k</c> (a caption looks for its picture)
/// and <c>text_retrieval_recall@k</c> (a picture looks for any of its captions), then median and mean ranks. Intervals of the
/// recalls are by bootstrap over pictures, each with all its captions, since captions of one picture are not
/// independent.</summary>
/// <param name="ks">The k, each 1 or more.</param>
/// <param name="seed">Of the bootstrap.</param>
public sealed class RetrievalEvaluator(IReadOnlyList<int> ks, long seed = 0) : IEvaluator<RetrievalTask>
{
    /// <summary>1, 5, 10: the paper's (table 13).</summary>
    public static IReadOnlyList<int> DefaultKs { get; } = [1, 5, 10];

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(RetrievalTask task, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        Check(task);
        var recall = RetrievalRecall.Compute(task.Pictures, task.Captions, task.PictureOfCaption, cancel);
        var captioned = recall.ImageToText.Count(rank => rank > 0);
        var textRanks = RanksByPicture(recall, task.PictureOfCaption);
        var imageRanks = recall.ImageToText.Select(rank => rank > 0 ? new[] { rank } : []).ToArray();
        return
        [
            .. ks.Select(k => Recall($"image_retrieval_recall@{k}", recall.TextToImageRecall(k), textRanks, k,
                recall.PictureCount, cancel)),
            .. ks.Select(k => Recall($"text_retrieval_recall@{k}", recall.ImageToTextRecall(k), imageRanks, k,
                recall.CaptionCount, cancel)),
            new Metric("image_retrieval_median_rank", recall.TextToImageMedianRank, null, null, recall.CaptionCount),
            new Metric("text_retrieval_median_rank", recall.ImageToTextMedianRank, null, null, captioned),
            new Metric("image_retrieval_mean_rank", recall.TextToImageMeanRank, null, null, recall.CaptionCount),
            new Metric("text_retrieval_mean_rank", recall.ImageToTextMeanRank, null, null, captioned),
        ];
    }

    private static void Check(RetrievalTask task)
    {
        if (task.Captions.Count == 0 || task.Captions.Count != task.PictureOfCaption.Count)
        {
            throw new ClipException(ClipError.Data, "Captions and pictures do not fit", "evaluation",
                $"{task.Captions.Count} captions, {task.PictureOfCaption.Count} with a picture",
                "a picture for each caption, and at least one", "Check the data set.");
        }
    }

    private static int[][] RanksByPicture(RetrievalRecall recall, IReadOnlyList<int> pictureOfCaption)
    {
        var byPicture = pictureOfCaption.Select((picture, caption) => (picture, Rank: recall.TextToImage[caption]))
            .ToLookup(x => x.picture, x => x.Rank);
        return [.. Enumerable.Range(0, recall.PictureCount).Select(picture => byPicture[picture].ToArray())];
    }

    private Metric Recall(string name, double value, int[][] ranksByPicture, int k, int searched, CancellationToken cancel)
    {
        var hits = ranksByPicture.Select(ranks => ranks.Count(rank => RetrievalRecall.IsHit(rank, k, searched))).ToArray();
        var all = ranksByPicture.Select(ranks => ranks.Length).ToArray();
        var (low, high) = Bootstrap.Interval(all.Length, Share, seed, cancel);
        return new Metric(name, value, low, high, all.Sum());

        double Share(int[] times)
        {
            var (right, count) = (0L, 0L);
            for (var picture = 0; picture < times.Length; picture++)
            {
                right += (long)times[picture] * hits[picture];
                count += (long)times[picture] * all[picture];
            }

            return count == 0 ? value : (double)right / count;
        }
    }
}
