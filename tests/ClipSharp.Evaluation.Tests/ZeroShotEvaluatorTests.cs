namespace ClipSharp.Evaluation.Tests;

[Trait("Category", "Numeric")]
public sealed class ZeroShotEvaluatorTests
{
    [Fact]
    public void Accuracies_and_mean_recall_equal_scikit_learn()
    {
        using var fixture = new MetricsFixture();
        var metrics = Measure(fixture.Rows("multiclass/scores"), fixture.Indices("multiclass/labels"));
        var expected = fixture.Values.GetProperty("multiclass");
        Assert.Equal(expected.GetProperty("accuracy").GetDouble(), metrics["acc1"].Value, 1e-9);
        Assert.Equal(expected.GetProperty("top5").GetDouble(), metrics["acc5"].Value, 1e-9);
        Assert.Equal(expected.GetProperty("mean_per_class_recall").GetDouble(), metrics["mean_per_class_recall"].Value, 1e-9);
    }

    [Fact]
    public void Of_equal_scores_the_lowest_index_wins()
    {
        using var fixture = new MetricsFixture();
        var metrics = Measure(fixture.Rows("multiclass/scores_with_ties"), fixture.Indices("multiclass/labels"));
        var expected = fixture.Values.GetProperty("multiclass");
        Assert.Equal(expected.GetProperty("ties_accuracy_lowest_index").GetDouble(), metrics["acc1"].Value, 1e-9);
        Assert.Equal(expected.GetProperty("ties_top5_stable").GetDouble(), metrics["acc5"].Value, 1e-9);
    }

    [Fact]
    public void A_class_without_pictures_is_left_out_of_the_mean()
    {
        using var fixture = new MetricsFixture();
        var labels = fixture.Indices("multiclass/labels");
        var kept = Enumerable.Range(0, labels.Length).Where(row => labels[row] != 4).ToArray();
        var metrics = Measure(fixture.Rows("multiclass/scores").Rows(kept), [.. kept.Select(row => labels[row])]);
        Assert.Equal(fixture.Values.GetProperty("multiclass").GetProperty("mean_per_class_recall_without_class_4").GetDouble(),
            metrics["mean_per_class_recall"].Value, 1e-9);
    }

    [Fact]
    public void Among_the_classes_present_only_those_are_chosen_from()
    {
        // Class 1 scores best everywhere but has no picture.
        var metrics = new ZeroShotEvaluator(classesPresent: true).Evaluate(new ZeroShotTask(
            new Embeddings([0.5f, 0.9f, 0.1f, 0.1f, 0.9f, 0.5f], 3), [0, 2], Identity(3))).ToDictionary(metric => metric.Name);
        Assert.Equal(0, metrics["acc1"].Value);
        Assert.Equal(1, metrics["acc1_present"].Value);
    }

    [Fact]
    public void Restricting_the_classes_never_hurts_and_changes_nothing_when_all_occur()
    {
        using var fixture = new MetricsFixture();
        var task = new ZeroShotTask(fixture.Rows("multiclass/scores"), fixture.Indices("multiclass/labels"), Identity(9));
        var metrics = new ZeroShotEvaluator(classesPresent: true).Evaluate(task).ToDictionary(metric => metric.Name);
        Assert.Equal(metrics["acc1"].Value, metrics["acc1_present"].Value);
        Assert.Equal(metrics["acc5"].Value, metrics["acc5_present"].Value);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Top_5_needs_five_classes(int classes, bool expected)
    {
        var metrics = new ZeroShotEvaluator()
            .Evaluate(new ZeroShotTask(UnitVectors.Draw(3, classes, 1), [0, 1, 2], Identity(classes)));
        Assert.Equal(expected, metrics.Any(metric => metric.Name == "acc5"));
    }

    [Fact]
    public void The_order_of_pictures_does_not_matter()
    {
        using var fixture = new MetricsFixture();
        var labels = fixture.Indices("multiclass/labels");
        var order = Enumerable.Range(0, labels.Length).ToArray();
        new RandomStream(3, RandomPurpose.SampleOrder).Shuffle<int>(order);
        var (straight, shuffled) = (Measure(fixture.Rows("multiclass/scores"), labels),
            Measure(fixture.Rows("multiclass/scores").Rows(order), [.. order.Select(row => labels[row])]));
        Assert.All(straight.Keys, name => Assert.Equal(straight[name].Value, shuffled[name].Value, 1e-12));
    }

    [Fact]
    public void Every_metric_lies_in_its_interval()
    {
        using var fixture = new MetricsFixture();
        Assert.All(Measure(fixture.Rows("multiclass/scores"), fixture.Indices("multiclass/labels")).Values,
            metric => Assert.InRange(metric.Value, metric.Low!.Value, metric.High!.Value));
    }

    [Fact]
    public void A_vector_that_is_not_a_number_is_a_miss()
    {
        var metrics = new ZeroShotEvaluator()
            .Evaluate(new ZeroShotTask(new Embeddings([float.NaN, 0, 1, 0], 2), [0, 0], Identity(2)));
        Assert.Equal(0.5, metrics[0].Value);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_class_without_a_name_is_refused(int label) =>
        Assert.Contains($"class {label}", Assert.Throws<ClipException>(
            () => new ZeroShotEvaluator().Evaluate(new ZeroShotTask(UnitVectors.Draw(1, 2, 1), [label], Identity(2)))).Message,
                StringComparison.Ordinal);

    [Fact]
    public void No_pictures_are_refused() =>
        Assert.Throws<ClipException>(() =>
            new ZeroShotEvaluator().Evaluate(new ZeroShotTask(new Embeddings([], 2), [], Identity(2))));

    // With the identity as classifier a picture's vector is its scores.
    private static Dictionary<string, Metric> Measure(Embeddings scores, int[] labels) =>
        new ZeroShotEvaluator().Evaluate(new ZeroShotTask(scores, labels, Identity(scores.Dimension)))
            .ToDictionary(metric => metric.Name);

    private static Embeddings Identity(int size) =>
        new([.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1f : 0f)], size);
}
