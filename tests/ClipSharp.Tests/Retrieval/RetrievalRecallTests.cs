using ClipSharp.Retrieval;

namespace ClipSharp.Tests.Retrieval;

public sealed class RetrievalRecallTests
{
    [Fact]
    public void Recall_never_falls_with_k_and_is_all_at_the_end()
    {
        var owner = Enumerable.Range(0, 90).Select(caption => caption % 30).ToArray();
        var recall = RetrievalRecall.Compute(UnitVectors.Draw(30, 8, 1), UnitVectors.Draw(90, 8, 2), owner);
        for (var k = 1; k < 90; k++)
        {
            Assert.True(recall.TextToImageRecall(k) <= recall.TextToImageRecall(k + 1));
            Assert.True(recall.ImageToTextRecall(k) <= recall.ImageToTextRecall(k + 1));
        }

        Assert.Equal(1, recall.TextToImageRecall(30));
        Assert.Equal(1, recall.ImageToTextRecall(90));
    }

    [Fact]
    public void Any_caption_of_a_picture_counts_and_a_picture_without_captions_only_confuses()
    {
        var pictures = new Embeddings([1, 0, 0, 1, 0.8f, 0.6f], 2);
        var captions = new Embeddings([0, 1, 0.9f, 0.1f], 2); // both of picture 0; the second is near it
        var recall = RetrievalRecall.Compute(pictures, captions, [0, 0]);
        Assert.Equal([1, 0, 0], recall.ImageToText);
        Assert.Equal([3, 1], recall.TextToImage);
        Assert.Equal(1, recall.ImageToTextRecall(1));
        Assert.Equal(0.5, recall.TextToImageRecall(1));
        Assert.Equal(2, recall.TextToImageMedianRank);
        Assert.Equal(1, recall.ImageToTextMeanRank);
    }

    [Fact]
    public void What_is_not_a_number_is_not_found_at_any_k()
    {
        var recall = RetrievalRecall.Compute(new Embeddings([float.NaN, 0, 0, 1], 2), new Embeddings([1, 0, 0, 1], 2), [0, 1]);
        Assert.Equal(0.5, recall.TextToImageRecall(100));
        Assert.Equal(0.5, recall.ImageToTextRecall(100));
    }

    [Fact]
    public void A_caption_that_is_a_number_stands_for_its_picture_when_another_is_not()
    {
        var recall = RetrievalRecall.Compute(new Embeddings([1, 0], 2), new Embeddings([float.NaN, 0, 1, 0], 2), [0, 0]);
        Assert.Equal(1, recall.ImageToTextRecall(1));
    }
}
