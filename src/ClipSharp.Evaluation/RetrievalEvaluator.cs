using ClipSharp.Evaluation.Intervals;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation;

/// <summary>Recall at k both ways with CLIP_benchmark's names: <c>image_retrieval_recall@k</c> (a caption looks for its picture)
/// and <c>text_retrieval_recall@k</c> (a picture looks for any of its captions), then median and mean ranks. Intervals of the
/// recalls are by bootstrap over pictures, each with all its captions, since captions of one picture are not
/// independent. What scores the same shares its places (<see cref="OwnRank"/>).</summary>
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
        OwnRank[][] captionRanks = [.. Enumerable.Range(0, task.Pictures.Count).GroupJoin(
            task.PictureOfCaption.Zip(recall.TextToImage), picture => picture, caption => caption.First,
            (_, captions) => captions.Select(caption => caption.Second).ToArray())];
        OwnRank[][] pictureRanks = [.. recall.ImageToText.Select(rank => rank is { } found ? new[] { found } : [])];
        return
        [
            .. ks.Select(k => Recall($"image_retrieval_recall@{k}", recall.TextToImageRecall(k), captionRanks, k, cancel)),
            .. ks.Select(k => Recall($"text_retrieval_recall@{k}", recall.ImageToTextRecall(k), pictureRanks, k, cancel)),
            Rank("image_retrieval_median_rank", recall.TextToImageMedianRank, captionRanks),
            Rank("text_retrieval_median_rank", recall.ImageToTextMedianRank, pictureRanks),
            Rank("image_retrieval_mean_rank", recall.TextToImageMeanRank, captionRanks),
            Rank("text_retrieval_mean_rank", recall.ImageToTextMeanRank, pictureRanks),
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

    private static Metric Rank(string name, double value, OwnRank[][] ranksByPicture) =>
        new(name, value, null, null, ranksByPicture.Sum(ranks => ranks.Length),
            ranksByPicture.Sum(ranks => ranks.Count(rank => rank.IsTied)));

    private Metric Recall(string name, double value, OwnRank[][] ranksByPicture, int k, CancellationToken cancel)
    {
        double[] hits = [.. ranksByPicture.Select(ranks => ranks.Sum(rank => rank.ShareAt(k)))];
        int[] all = [.. ranksByPicture.Select(ranks => ranks.Length)];
        var (low, high) = Bootstrap.ShareInterval(all.Length, Share, value, all.Count(captions => captions > 0), seed, cancel);
        return new Metric(name, value, low, high, all.Sum(),
            ranksByPicture.Sum(ranks => ranks.Count(rank => rank.ShareAt(k) is > 0 and < 1)));

        double Share(int[] times)
        {
            var (right, count) = (0.0, 0L);
            for (var picture = 0; picture < times.Length; picture++)
            {
                right += times[picture] * hits[picture];
                count += (long)times[picture] * all[picture];
            }

            return count == 0 ? value : right / count;
        }
    }
}
