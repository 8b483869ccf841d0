using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Curves;

namespace ClipSharp.Evaluation.Tests.Metrics.Curves;

[Trait("Category", "Numeric")]
public sealed class CurveMetricsTests
{
    private static readonly MetricsFixture Fixture = new();
    private static readonly Embeddings Scores = Fixture.Rows("multilabel/scores");
    private static readonly bool[] Positive = Fixture.Flags("multilabel/labels");
    private static readonly bool[] Difficult = Fixture.Flags("multilabel/difficult");
    private static readonly Outcomes All = Pairs(isIgnored: false);
    private static readonly Outcomes WithoutDifficult = Pairs(isIgnored: true);

    [Fact]
    public void Precisions_and_areas_equal_scikit_learn_and_VOC_label_by_label_and_in_the_mean()
    {
        var expected = Fixture.Values.GetProperty("multilabel");
        foreach (var (metric, outcomes, name) in new (MeanOverClasses, Outcomes, string)[]
        {
            (new MeanAveragePrecision(), All, "average_precision"), (new MeanRocAuc(), All, "roc_auc"),
            (new VocElevenPoint(), All, "voc_11_point"), (new VocArea(), All, "voc_area"),
            (new VocElevenPoint(), WithoutDifficult, "voc_11_point_without_difficult"),
            (new VocArea(), WithoutDifficult, "voc_area_without_difficult"),
        })
        {
            var known = expected.GetProperty("per_label").EnumerateArray().Select(label => label.GetProperty(name).GetDouble());
            Assert.All(known.Zip(metric.PerClass(outcomes)), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
            Assert.Equal(expected.GetProperty("mean_" + name).GetDouble(), metric.Value(outcomes), 1e-9);
        }
    }

    [Fact]
    public void Each_class_against_the_rest_equals_scikit_learn()
    {
        var (scores, labels) = (Fixture.Rows("multiclass/scores"), Fixture.Indices("multiclass/labels"));
        var pairs = Rows.OfPairs(scores.Count, scores.Dimension, Probability, (row, c) => labels[row] == c);
        Assert.Equal(Fixture.Values.GetProperty("multiclass").GetProperty("macro_one_vs_rest_roc_auc").GetDouble(),
            new MeanRocAuc().Value(pairs), 1e-9);

        double Probability(int row, int c) => Math.Exp(scores.Row(row)[c])
            / scores.Row(row).ToArray().Sum(score => Math.Exp(score));
    }

    [Fact]
    public void A_set_of_two_classes_equals_scikit_learn()
    {
        var expected = Fixture.Values.GetProperty("binary_label_0");
        var named = Rows.OfLogits(new Embeddings([.. Enumerable.Range(0, Scores.Count)
            .SelectMany(row => new[] { 0, Scores.Row(row)[0] })], 2),
            [.. Enumerable.Range(0, Scores.Count).Select(row => Positive[row * 6] ? 1 : 0)]);
        Assert.Equal(expected.GetProperty("roc_auc").GetDouble(), new RocAuc().Value(named), 1e-9);
        Assert.Equal(expected.GetProperty("log_loss").GetDouble(), new LogLoss().Value(named), 1e-9);
        Assert.Equal(expected.GetProperty("accuracy_at_half").GetDouble(), new TopK("", 1).Value(named), 1e-9);
        Assert.Equal(expected.GetProperty("f1_at_half").GetDouble(), new ConfusionMatrix(named).F1(1), 1e-9);
    }

    [Fact]
    public void Equal_scores_are_taken_together_and_half_right()
    {
        var alike = Rows.OfPairs(10, 1, (_, _) => 0.3, (picture, _) => picture < 4);
        Assert.Equal(0.4, new MeanAveragePrecision().Value(alike), 1e-12);
        Assert.Equal(0.4, new MeanAveragePrecision().Chance(alike)!.Value, 1e-12);
        Assert.Equal(0.5, new MeanRocAuc().Value(alike), 1e-12);
    }

    // 1 - 0.7 is not 0.3 in floating point.
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(0.1)]
    public void A_model_that_always_says_the_same_is_at_chance(double p)
    {
        var rows = new Outcomes([.. Enumerable.Range(0, 10).Select(row =>
            new Outcome("") { Class = row % 2, Score = row % 2 == 1 ? p : 1 - p })])
        { ClassCount = 2 };
        Assert.Equal(0.5, new RocAuc().Value(rows), 1e-12);
    }

    [Fact]
    public void Three_classes_have_no_ROC_curve_of_two() =>
        Assert.Equal(double.NaN, new RocAuc().Value(Rows.Random(20, 3, 1)));

    [Fact]
    public void A_class_that_is_nowhere_there_is_left_out_of_the_mean()
    {
        // Class 0 is found first in both pictures it is asked of; class 1 is in no picture.
        var pairs = Rows.OfPairs(2, 2, (picture, _) => picture, (picture, c) => picture == 1 && c == 0);
        MeanOverClasses[] metrics = [new MeanAveragePrecision(), new VocElevenPoint(), new VocArea(), new MeanRocAuc()];
        foreach (var metric in metrics)
        {
            Assert.Equal(1, metric.Value(pairs), 1e-12);
            Assert.Equal([1, double.NaN], metric.PerClass(pairs));
        }
    }

    private static Outcomes Pairs(bool isIgnored) => Rows.OfPairs(Scores.Count, 6, (picture, c) => Scores.Row(picture)[c],
        (picture, c) => Positive[(picture * 6) + c], (picture, c) => isIgnored && Difficult[(picture * 6) + c]);
}
