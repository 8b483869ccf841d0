namespace ClipSharp.Retrieval;

/// <summary>How well pictures and captions find each other (paper 3.1, table 13; CLIP_benchmark's <c>zeroshot_retrieval</c>).
/// Each picture has any number of captions: it counts as found by a caption, and finds its captions when any of them is among the
/// first k.</summary>
/// <param name="TextToImage">For each caption the rank of its picture among all pictures, from 1.</param>
/// <param name="ImageToText">For each picture the rank of the best of its captions among all captions, from 1; 0 for a picture
/// without captions, which is only there to be confused with.</param>
/// <param name="PictureCount">Pictures searched; a rank above is "not found".</param>
/// <param name="CaptionCount">Captions searched.</param>
public sealed record RetrievalRecall(IReadOnlyList<int> TextToImage, IReadOnlyList<int> ImageToText, int PictureCount,
    int CaptionCount)
{
    /// <summary>Ranks all against all, in blocks: memory does not grow with pictures times captions.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="captions">[M, E].</param>
    /// <param name="pictureOfCaption">M indices of pictures.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    public static RetrievalRecall Compute(Embeddings pictures, Embeddings captions, IReadOnlyList<int> pictureOfCaption,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(captions);
        var textToImage = OwnRank.Compute(captions, pictures, pictureOfCaption, cancel);
        var best = BestCaptions(pictures, captions, pictureOfCaption);
        var captioned = Enumerable.Range(0, pictures.Count).Where(picture => best[picture] >= 0).ToArray();
        var ranks = OwnRank.Compute(pictures.Rows(captioned), captions, [.. captioned.Select(picture => best[picture])], cancel);
        var imageToText = new int[pictures.Count];
        for (var i = 0; i < captioned.Length; i++)
        {
            imageToText[captioned[i]] = ranks[i];
        }

        return new RetrievalRecall(textToImage, imageToText, pictures.Count, captions.Count);
    }

    /// <summary>The share of captions whose picture is among the first k, 0 to 1.</summary>
    public double TextToImageRecall(int k) => Recall(TextToImage, k, PictureCount);

    /// <summary>The share of captioned pictures with one of their captions among the first k, 0 to 1.</summary>
    public double ImageToTextRecall(int k) => Recall(CaptionedRanks, k, CaptionCount);

    /// <summary>The median of the captions' ranks.</summary>
    public double TextToImageMedianRank => Median(TextToImage);

    /// <summary>The median of the pictures' ranks.</summary>
    public double ImageToTextMedianRank => Median(CaptionedRanks);

    /// <summary>The mean of the captions' ranks.</summary>
    public double TextToImageMeanRank => TextToImage.Average();

    /// <summary>The mean of the pictures' ranks.</summary>
    public double ImageToTextMeanRank => CaptionedRanks.Average();

    private int[] CaptionedRanks => [.. ImageToText.Where(rank => rank > 0)];

    /// <summary>Whether a rank is a hit at k. "Not found" never is, however large k.</summary>
    public static bool IsHit(int rank, int k, int searched) => rank <= Math.Min(k, searched);

    private static double Recall(IReadOnlyList<int> ranks, int k, int searched)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return (double)ranks.Count(rank => IsHit(rank, k, searched)) / ranks.Count;
    }

    private static double Median(IReadOnlyList<int> ranks)
    {
        var sorted = ranks.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }

    // For each picture its own caption of highest score, the first of equal ones; a NaN only when there is nothing else;
    // -1 without captions.
    private static int[] BestCaptions(Embeddings pictures, Embeddings captions, IReadOnlyList<int> pictureOfCaption)
    {
        var best = new int[pictures.Count];
        var scores = new float[pictures.Count];
        Array.Fill(best, -1);
        for (var caption = 0; caption < captions.Count; caption++)
        {
            var picture = pictureOfCaption[caption];
            var score = DotProducts.Single(pictures.Row(picture), captions.Row(caption));
            if (best[picture] < 0 || score > scores[picture] || (float.IsNaN(scores[picture]) && !float.IsNaN(score)))
            {
                (best[picture], scores[picture]) = (caption, score);
            }
        }

        return best;
    }
}
