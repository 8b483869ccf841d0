namespace ClipSharp.Retrieval;

/// <summary>How well pictures and captions find each other (paper 3.1, table 13; CLIP_benchmark's <c>zeroshot_retrieval</c>).
/// Each picture has any number of captions: it counts as found by a caption, and finds its captions when any of them is among the
/// first k.</summary>
/// <param name="TextToImage">For each caption the rank of its picture among all pictures.</param>
/// <param name="ImageToText">For each picture the rank of the best of its captions among all captions; null for a picture
/// without captions, which is only there to be confused with.</param>
public sealed record RetrievalRecall(IReadOnlyList<OwnRank> TextToImage, IReadOnlyList<OwnRank?> ImageToText)
{
    /// <summary>Ranks all against all, in blocks: memory does not grow with pictures times captions.</summary>
    /// <param name="pictures">[N, E].</param>
    /// <param name="captions">[M, E].</param>
    /// <param name="pictureOfCaption">M indices of pictures.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    /// <exception cref="ClipException">A vector is not finite.</exception>
    public static RetrievalRecall Compute(Embeddings pictures, Embeddings captions, IReadOnlyList<int> pictureOfCaption,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(captions);
        var textToImage = OwnRank.Compute(captions, pictures, pictureOfCaption, cancel);
        int[] captioned = [.. pictureOfCaption.Distinct().Order()];
        var ranks = OwnRank.Compute(pictures.Rows(captioned), captions, captioned, pictureOfCaption, cancel);
        var imageToText = new OwnRank?[pictures.Count];
        for (var i = 0; i < captioned.Length; i++)
        {
            imageToText[captioned[i]] = ranks[i];
        }

        return new RetrievalRecall(textToImage, imageToText);
    }

    /// <summary>The share of captions whose picture is among the first k, 0 to 1.</summary>
    public double TextToImageRecall(int k) => TextToImage.Average(rank => rank.ShareAt(k));

    /// <summary>The share of captioned pictures with one of their captions among the first k, 0 to 1.</summary>
    public double ImageToTextRecall(int k) => CaptionedRanks.Average(rank => rank.ShareAt(k));

    /// <summary>The median of the captions' ranks.</summary>
    public double TextToImageMedianRank => Median(TextToImage);

    /// <summary>The median of the pictures' ranks.</summary>
    public double ImageToTextMedianRank => Median(CaptionedRanks);

    /// <summary>The mean of the captions' ranks.</summary>
    public double TextToImageMeanRank => TextToImage.Average(rank => rank.Mean);

    /// <summary>The mean of the pictures' ranks.</summary>
    public double ImageToTextMeanRank => CaptionedRanks.Average(rank => rank.Mean);

    private OwnRank[] CaptionedRanks => [.. ImageToText.OfType<OwnRank>()];

    private static double Median(IReadOnlyList<OwnRank> ranks)
    {
        var sorted = ranks.Select(rank => rank.Mean).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
