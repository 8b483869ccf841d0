using ClipSharp.Retrieval;

namespace ClipSharp.Tests.Retrieval;

[Trait("Category", "Vectors")]
public sealed class RetrievalRecallTests
{
    [Fact]
    public void Recall_at_every_k_is_that_of_sorting_all_scores()
    {
        var owner = Enumerable.Range(0, 90).Select(caption => caption % 30).ToArray();
        var (pictures, captions) = (UnitVectors.Draw(30, 8, 1), UnitVectors.Draw(90, 8, 2));
        var recall = RetrievalRecall.Compute(pictures, captions, owner);
        for (var k = 1; k <= 90; k++)
        {
            var found = Enumerable.Range(0, 90)
                .Count(caption => Nearest(captions.Row(caption).ToArray(), pictures).Take(k).Contains(owner[caption]));
            var finds = Enumerable.Range(0, 30).Count(picture =>
                Nearest(pictures.Row(picture).ToArray(), captions).Take(k).Any(caption => owner[caption] == picture));
            Assert.Equal(found / 90.0, recall.TextToImageRecall(k), 1e-12);
            Assert.Equal(finds / 30.0, recall.ImageToTextRecall(k), 1e-12);
        }

        static IEnumerable<int> Nearest(float[] query, Embeddings rows) => Enumerable.Range(0, rows.Count)
            .OrderByDescending(row => query.Zip(rows.Row(row).ToArray(), (a, b) => (double)a * b).Sum());
    }

    [Fact]
    public void Any_caption_of_a_picture_counts_and_a_picture_without_captions_only_confuses()
    {
        var pictures = new Embeddings([1, 0, 0, 1, 0.8f, 0.6f], 2);
        var captions = new Embeddings([0, 1, 0.9f, 0.1f], 2); // both of picture 0; the second is near it
        var recall = RetrievalRecall.Compute(pictures, captions, [0, 0]);
        Assert.Equal([new OwnRank(0, 1, 1), null, null], recall.ImageToText);
        Assert.Equal([new OwnRank(2, 1, 1), new OwnRank(0, 1, 1)], recall.TextToImage);
        Assert.Equal(1, recall.ImageToTextRecall(1));
        Assert.Equal(0.5, recall.TextToImageRecall(1));
        Assert.Equal(2, recall.TextToImageMedianRank);
        Assert.Equal(1, recall.ImageToTextMeanRank);
    }

    [Fact]
    public void A_model_whose_vectors_are_all_alike_is_at_chance_both_ways()
    {
        // Ten pictures with five captions each.
        var (pictures, captions) = (Alike(10), Alike(50));
        var recall = RetrievalRecall.Compute(pictures, captions, [.. Enumerable.Range(0, 50).Select(i => i / 5)]);
        Assert.Equal(0.1, recall.TextToImageRecall(1), 1e-12);
        Assert.Equal(0.5, recall.TextToImageRecall(5), 1e-12);
        Assert.Equal(0.1, recall.ImageToTextRecall(1), 1e-12);
        Assert.Equal(5.5, recall.TextToImageMedianRank);

        static Embeddings Alike(int count) => new([.. Enumerable.Repeat(new[] { 0.6f, 0.8f }, count).SelectMany(x => x)], 2);
    }
}
