using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation.Tests.Tasks;

[Trait("Category", "Numeric")]
public sealed class CaptionRetrievalTests
{
    [Fact]
    public void Recalls_and_median_ranks_equal_numpy()
    {
        using var fixture = new MetricsFixture();
        var expected = fixture.Values.GetProperty("retrieval");
        var metrics = Measure(fixture);
        foreach (var k in new[] { 1, 5, 10 })
        {
            Assert.Equal(expected.GetProperty($"text_to_image_recall@{k}").GetDouble(),
                metrics[$"image_retrieval_recall@{k}"].Value, 1e-9);
            Assert.Equal(expected.GetProperty($"image_to_text_recall@{k}").GetDouble(),
                metrics[$"text_retrieval_recall@{k}"].Value, 1e-9);
        }

        Assert.Equal(expected.GetProperty("text_to_image_median_rank").GetDouble(), metrics["image_retrieval_median_rank"].Value);
        Assert.Equal(expected.GetProperty("image_to_text_median_rank").GetDouble(), metrics["text_retrieval_median_rank"].Value);
    }

    [Fact]
    public void Samples_are_captions_one_way_and_pictures_the_other()
    {
        using var fixture = new MetricsFixture();
        var metrics = Measure(fixture);
        Assert.Equal(299, metrics["image_retrieval_recall@1"].Samples);
        Assert.Equal(60, metrics["text_retrieval_recall@1"].Samples);
    }

    [Fact]
    public void Recalls_lie_in_their_intervals()
    {
        using var fixture = new MetricsFixture();
        var recalls = Measure(fixture).Values.ToList();
        Assert.Equal(11, recalls.Count);
        Assert.All(recalls, metric => Assert.InRange(metric.Value, metric.Low!.Value, metric.High!.Value));
        Assert.All(recalls, metric => Assert.True(metric.Low < metric.High));
    }

    [Fact]
    public void Equal_captions_of_one_picture_do_not_narrow_the_interval()
    {
        // Ten equal captions a picture carry no more than one: resampling captions would claim otherwise.
        var (pictures, captions) = (UnitVectors.Draw(40, 4, 1), UnitVectors.Draw(40, 4, 2));
        var one = Measured([5], pictures, captions, [.. Enumerable.Range(0, 40)])["image_retrieval_recall@5"];
        var ten = Measured([5], pictures, captions.Rows([.. Enumerable.Range(0, 400).Select(i => i % 40)]),
            [.. Enumerable.Range(0, 400).Select(i => i % 40)])["image_retrieval_recall@5"];
        Assert.Equal((one.Value, one.Low, one.High), (ten.Value, ten.Low, ten.High));
    }

    [Fact]
    public void A_model_whose_vectors_are_all_alike_is_at_chance_with_an_interval_that_says_so()
    {
        // Ten pictures with two captions each.
        var metrics = Measured([1, 5], Alike(10), Alike(20), [.. Enumerable.Range(0, 20).Select(i => i / 2)]);
        Assert.Equal((0.1, 20), (Math.Round(metrics["image_retrieval_recall@1"].Value, 12),
            metrics["image_retrieval_recall@1"].Ties));
        Assert.Equal(0.1, metrics["text_retrieval_recall@1"].Value, 1e-12);
        Assert.Equal(5.5, metrics["image_retrieval_mean_rank"].Value);
        Assert.All(metrics.Values.Where(metric => metric.Unit == MetricUnit.Share),
            metric => Assert.True(metric.Low < metric.High));

        static Embeddings Alike(int count) => new([.. Enumerable.Repeat(0.5f, 4 * count)], 4);
    }

    [Fact]
    public void Where_all_are_found_the_interval_is_that_of_the_pictures()
    {
        var rows = new Embeddings([1, 0, 0, 1], 2);
        var recall = Measured([1], rows, rows.Rows([0, 0, 0, 1, 1, 1]), [0, 0, 0, 1, 1, 1])["image_retrieval_recall@1"];
        Assert.Equal((1.0, 1.0), (recall.Value, recall.High));
        Assert.Equal(Math.Sqrt(0.025), recall.Low!.Value, 1e-9); // two pictures, however many captions
    }

    [Fact]
    public void No_captions_are_refused() =>
        Assert.Throws<ClipException>(() => Measured([1], UnitVectors.Draw(1, 2, 1), new Embeddings([], 2), []));

    private static Dictionary<string, MetricValue> Measure(MetricsFixture fixture) => Measured([1, 5, 10],
        fixture.Rows("retrieval/image_features"), fixture.Rows("retrieval/text_features"),
        fixture.Indices("retrieval/picture_of_caption"));

    private static Dictionary<string, MetricValue> Measured(int[] ks, Embeddings pictures, Embeddings captions, int[] owners) =>
        CaptionRetrieval.OfVectors(pictures, captions, owners, ks)
            .SelectMany(part => part.Metrics.Select(metric => Intervals.Measure(metric, part.Outcomes)))
            .ToDictionary(metric => metric.Name);
}
