namespace ClipSharp.Evaluation.Tests;

[Trait("Category", "Numeric")]
public sealed class RetrievalEvaluatorTests
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
        var recalls = Measure(fixture).Values.Where(metric => metric.Low is not null).ToList();
        Assert.Equal(6, recalls.Count);
        Assert.All(recalls, metric => Assert.InRange(metric.Value, metric.Low!.Value, metric.High!.Value));
        Assert.All(recalls, metric => Assert.True(metric.Low < metric.High));
    }

    [Fact]
    public void Equal_captions_of_one_picture_do_not_narrow_the_interval()
    {
        // Ten equal captions a picture carry no more than one: resampling captions would claim otherwise.
        var (pictures, captions) = (UnitVectors.Draw(40, 4, 1), UnitVectors.Draw(40, 4, 2));
        var one = new RetrievalEvaluator([5]).Evaluate(new RetrievalTask(pictures, captions, [.. Enumerable.Range(0, 40)]))[0];
        var ten = new RetrievalEvaluator([5]).Evaluate(new RetrievalTask(pictures,
            captions.Rows([.. Enumerable.Range(0, 400).Select(i => i % 40)]),
            [.. Enumerable.Range(0, 400).Select(i => i % 40)]))[0];
        Assert.Equal((one.Value, one.Low, one.High), (ten.Value, ten.Low, ten.High));
    }

    [Fact]
    public void A_model_whose_vectors_are_all_alike_is_at_chance_with_an_interval_that_says_so()
    {
        // Ten pictures with two captions each.
        var metrics = new RetrievalEvaluator([1, 5]).Evaluate(new RetrievalTask(Alike(10), Alike(20),
            [.. Enumerable.Range(0, 20).Select(i => i / 2)])).ToDictionary(metric => metric.Name);
        Assert.Equal((0.1, 20), (Math.Round(metrics["image_retrieval_recall@1"].Value, 12),
            metrics["image_retrieval_recall@1"].Ties));
        Assert.Equal(0.1, metrics["text_retrieval_recall@1"].Value, 1e-12);
        Assert.Equal(5.5, metrics["image_retrieval_mean_rank"].Value);
        Assert.All(metrics.Values.Where(metric => metric.Low is not null), metric => Assert.True(metric.Low < metric.High));

        static Embeddings Alike(int count) => new([.. Enumerable.Repeat(0.5f, 4 * count)], 4);
    }

    [Fact]
    public void Where_all_are_found_the_interval_is_that_of_the_pictures()
    {
        var rows = new Embeddings([1, 0, 0, 1], 2);
        var task = new RetrievalTask(rows, rows.Rows([0, 0, 0, 1, 1, 1]), [0, 0, 0, 1, 1, 1]);
        var metrics = new RetrievalEvaluator([1]).Evaluate(task);
        Assert.Equal((1.0, 1.0), (metrics[0].Value, metrics[0].High));
        Assert.Equal(Math.Sqrt(0.025), metrics[0].Low!.Value, 1e-9); // two pictures, however many captions
    }

    [Fact]
    public void No_captions_are_refused() =>
        Assert.Throws<ClipException>(() =>
            new RetrievalEvaluator([1]).Evaluate(new RetrievalTask(UnitVectors.Draw(1, 2, 1), new Embeddings([], 2), [])));

    private static Dictionary<string, Metric> Measure(MetricsFixture fixture) =>
        new RetrievalEvaluator(RetrievalEvaluator.DefaultKs).Evaluate(new RetrievalTask(fixture.Rows("retrieval/image_features"),
            fixture.Rows("retrieval/text_features"), fixture.Indices("retrieval/picture_of_caption")))
                .ToDictionary(metric => metric.Name);
}
