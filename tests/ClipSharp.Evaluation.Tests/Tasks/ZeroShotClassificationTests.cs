using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation.Tests.Tasks;

[Trait("Category", "Numeric")]
public sealed class ZeroShotClassificationTests
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
    public void Of_equal_scores_each_class_has_its_share()
    {
        using var fixture = new MetricsFixture();
        var (scores, labels) = (fixture.Rows("multiclass/scores_with_ties"), fixture.Indices("multiclass/labels"));
        var metrics = Measure(scores, labels);
        foreach (var (k, name) in new[] { (1, "acc1"), (5, "acc5") })
        {
            double[] shares = [.. labels.Select((label, row) =>
            {
                var all = scores.Row(row).ToArray();
                var (better, tied) = (all.Count(x => x > all[label]), all.Count(x => x == all[label]));
                return Math.Clamp((double)(k - better) / tied, 0, 1);
            })];
            Assert.Equal(shares.Average(), metrics[name].Value, 1e-12);
            Assert.Equal(shares.Count(share => share is > 0 and < 1), metrics[name].Ties);
        }

        Assert.True(metrics["acc1"].Ties > 0);
    }

    [Fact]
    public void A_model_whose_vectors_are_all_alike_is_at_chance_whatever_the_classes_order()
    {
        // 30 pictures, all of class 0 of 10.
        var alike = new Embeddings([.. Enumerable.Repeat(0.5f, 30 * 4)], 4);
        var classes = new Embeddings([.. Enumerable.Repeat(0.5f, 10 * 4)], 4);
        var metrics = Measured(alike, new int[30], classes);
        Assert.Equal((0.1, 30), (Math.Round(metrics["acc1"].Value, 12), metrics["acc1"].Ties));
        Assert.Equal(0.5, metrics["acc5"].Value, 1e-12);
        Assert.Equal(0.1, metrics["mean_per_class_recall"].Value, 1e-12);
        Assert.All(metrics.Values, metric => Assert.True(metric.Low < metric.Value && metric.Value < metric.High));
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 0.0)]
    public void An_interval_where_all_are_right_or_wrong_is_no_point(int label, double value)
    {
        // 20 pictures of one class: the exact interval's inner end is 0.025 to the power of 1/20.
        var scores = new Embeddings([.. Enumerable.Repeat(new[] { 1f, 0f }, 20).SelectMany(x => x)], 2);
        var metrics = Measure(scores, [.. Enumerable.Repeat(label, 20)]);
        foreach (var name in new[] { "acc1", "mean_per_class_recall" })
        {
            Assert.Equal(value, metrics[name].Value);
            Assert.Equal(Math.Pow(0.025, 1 / 20.0), value == 1 ? metrics[name].Low!.Value : 1 - metrics[name].High!.Value, 1e-9);
        }
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

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Top_5_is_no_number_below_five_classes(int classes, bool isNumber)
    {
        var metrics = Measure(UnitVectors.Draw(5, classes, 1), [0, 1, 2, 3, classes - 1]);
        Assert.Equal(["acc1", "acc5", "mean_per_class_recall"], metrics.Keys);
        Assert.Equal(isNumber, double.IsFinite(metrics["acc5"].Value));
        Assert.Equal(isNumber, metrics["acc5"].Low is not null);
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
    public void A_vector_that_is_not_a_number_is_refused() => Assert.Throws<ClipException>(() =>
        Measured(new Embeddings([float.NaN, 0, 1, 0], 2), [0, 0], Identity(2)));

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_class_without_a_name_is_refused(int label) =>
        Assert.Contains($"class {label}", Assert.Throws<ClipException>(
            () => Measured(UnitVectors.Draw(1, 2, 1), [label], Identity(2))).Message,
                StringComparison.Ordinal);

    [Fact]
    public void The_mean_of_probabilities_is_that_of_each_classifier_alone()
    {
        var pictures = UnitVectors.Draw(60, 12, 1);
        int[] labels = [.. Enumerable.Range(0, 60).Select(row => row % 7)];
        Embeddings[] classifiers = [.. Enumerable.Range(2, 3).Select(seed => UnitVectors.Draw(7, 12, seed))];
        var found = ZeroShotClassification.OfProbabilities(pictures, labels, classifiers, new(20));
        for (var row = 0; row < 60; row++)
        {
            var mean = new double[7];
            foreach (var classifier in classifiers)
            {
                double[] parts = [.. Enumerable.Range(0, 7).Select(c => Math.Exp(20 * pictures.Row(row).ToArray()
                    .Zip(classifier.Row(c).ToArray(), (x, y) => (double)x * y).Sum()))];
                mean = [.. mean.Zip(parts, (sum, part) => sum + (part / parts.Sum() / 3))];
            }

            Assert.Equal(mean[labels[row]], found[row].Score, 1e-5);
            Assert.Equal(mean.Max(), found[row].Confidence, 1e-5);
            Assert.Equal(Array.IndexOf(mean, mean.Max()), found[row].Predicted);
            Assert.Equal(mean.Count(p => p > mean[labels[row]]), found[row].Rank.Better);
            Assert.Equal(mean.Select((p, c) => Math.Pow(p - (c == labels[row] ? 1 : 0), 2)).Sum(), found[row].SquaredError, 1e-5);
        }
    }

    [Fact]
    public void The_mean_of_one_classifiers_probabilities_is_what_it_says_alone_ties_too()
    {
        var pictures = UnitVectors.Draw(40, 12, 1);
        int[] labels = [.. Enumerable.Range(0, 40).Select(row => row % 7)];
        var classifier = UnitVectors.Draw(7, 12, 2).Rows([0, 1, 2, 3, 4, 5, 1]);
        var expected = ZeroShotClassification.OfVectors(pictures, labels, classifier, new(100));
        var found = ZeroShotClassification.OfProbabilities(pictures, labels, [classifier], new(100));
        Assert.Contains(expected.Rows, row => row.Rank.Tied > 1);
        for (var row = 0; row < 40; row++)
        {
            Assert.Equal((expected[row].Rank, expected[row].Predicted), (found[row].Rank, found[row].Predicted));
            Assert.Equal(expected[row].Score, found[row].Score, 1e-12);
            Assert.Equal(expected[row].Confidence, found[row].Confidence, 1e-12);
            Assert.Equal(expected[row].SquaredError, found[row].SquaredError, 1e-12);
        }
    }

    [Fact]
    public void No_pictures_are_refused() =>
        Assert.Throws<ClipException>(() =>
            Measured(new Embeddings([], 2), [], Identity(2)));

    // With the identity as classifier a picture's vector is its scores.
    private static Dictionary<string, MetricValue> Measure(Embeddings scores, int[] labels) =>
        Measured(scores, labels, Identity(scores.Dimension));

    private static Dictionary<string, MetricValue> Measured(Embeddings pictures, int[] labels, Embeddings classifier)
    {
        var part = ZeroShotClassification.Naming(ZeroShotClassification.OfVectors(pictures, labels, classifier, new(100)));
        return part.Metrics.Select(metric => Intervals.Measure(metric, part.Outcomes)).ToDictionary(metric => metric.Name);
    }

    private static Embeddings Identity(int size) =>
        new([.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1f : 0f)], size);
}
