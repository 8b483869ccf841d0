using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Metrics;

[Trait("Category", "Numeric")]
public sealed class NamingMetricsTests
{
    private static readonly MetricsFixture Fixture = new();
    private static readonly int[] Labels = Fixture.Indices("multiclass/labels");
    private static readonly Outcomes Named = Rows.OfLogits(Fixture.Rows("multiclass/scores"), Labels);

    [Fact]
    public void Losses_F1_and_calibration_equal_scikit_learn_and_the_formulas()
    {
        var expected = Fixture.Values.GetProperty("multiclass");
        foreach (var (metric, name) in new (IMetric, string)[]
        {
            (new TopK("", 1), "accuracy"), (new TopK("", 5), "top5"), (new MeanPerClassRecall(), "mean_per_class_recall"),
            (new LogLoss(), "log_loss"), (new BrierScore(), "brier_sum"), (new MacroF1(), "macro_f1"),
            (new MacroF1(countsSaidOnly: true), "macro_f1"), (new CalibrationError(), "ece_15"),
        })
        {
            Assert.Equal(expected.GetProperty(name).GetDouble(), metric.Value(Named), 1e-9);
        }
    }

    [Fact]
    public void Reliability_bins_equal_the_formula_and_the_others_are_empty()
    {
        var known = Fixture.Values.GetProperty("multiclass").GetProperty("ece_bins_low_high_count_accuracy_confidence");
        var bins = ReliabilityBins.Of(Named);
        Assert.Equal(15, bins.Count);
        var filled = bins.Where(bin => bin.Count > 0).ToList();
        Assert.Equal(known.GetArrayLength(), filled.Count);
        foreach (var (row, bin) in known.EnumerateArray().Zip(filled))
        {
            Assert.Equal(row[2].GetInt32(), bin.Count);
            double[] values = [bin.Low, bin.High, bin.Count, bin.Accuracy, bin.Confidence];
            Assert.All(values, (value, column) => Assert.Equal(row[column].GetDouble(), value, 1e-9));
        }
    }

    [Fact]
    public void A_confidence_on_an_edge_is_in_the_bin_below_it()
    {
        var bins = ReliabilityBins.Of(new Outcomes([.. new[] { 0, 0.25, 0.2500001, 1, 1.0000001 }.Select(confidence =>
            new Outcome("") { Confidence = confidence, Rank = new OwnRank(0, 1, 1) })]), 4);
        Assert.Equal([2, 1, 0, 2], bins.Select(bin => bin.Count));
    }

    [Fact]
    public void The_confusion_equals_scikit_learn_and_gives_its_scores()
    {
        var expected = Fixture.Values.GetProperty("multiclass");
        var confusion = new ConfusionMatrix(Named);
        foreach (var (row, truth) in expected.GetProperty("confusion").EnumerateArray().Select((row, i) => (row, i)))
        {
            Assert.Equal(row.EnumerateArray().Select(count => count.GetInt32()),
                Enumerable.Range(0, confusion.ClassCount).Select(said => confusion[truth, said]));
        }

        Assert.Equal(expected.GetProperty("macro_f1").GetDouble(), Enumerable.Range(0, 9).Average(confusion.F1), 1e-9);
        Assert.Equal(expected.GetProperty("mean_per_class_recall").GetDouble(), Enumerable.Range(0, 9).Average(confusion.Recall),
            1e-9);
        Assert.All(Enumerable.Range(0, 9), c => Assert.Equal(confusion.F1(c), 2 / ((1 / confusion.Recall(c))
            + (1 / confusion.Precision(c))), 1e-12));
    }

    // The fixture lets the lowest index win where scores are the same, here each has its share. The first that was said is the
    // lowest index too; the shares lie between losing and winning every tie, as the fixture's numbers do.
    [Fact]
    public void Where_scores_are_the_same_the_first_is_said_and_shares_are_counted()
    {
        var expected = Fixture.Values.GetProperty("multiclass");
        var tied = Rows.OfLogits(Fixture.Rows("multiclass/scores_with_ties"), Labels);
        var confusion = new ConfusionMatrix(tied);
        Assert.Equal(expected.GetProperty("ties_accuracy_lowest_index").GetDouble(),
            Enumerable.Range(0, 9).Sum(c => confusion[c, c]) / (double)tied.Count, 1e-9);
        foreach (var (k, name) in new[] { (1, "ties_accuracy_lowest_index"), (5, "ties_top5_stable") })
        {
            var rows = Enumerable.Range(0, tied.Count).Select(row => tied[row].Rank).ToList();
            var lost = rows.Average(rank => rank.Better + rank.Tied <= k ? 1.0 : 0);
            var won = rows.Average(rank => rank.Better < k ? 1.0 : 0);
            Assert.InRange(expected.GetProperty(name).GetDouble(), lost, won);
            Assert.InRange(new TopK("", k).Value(tied), lost, won);
        }
    }

    [Fact]
    public void F1_leaves_out_classes_that_are_not_there_unless_it_is_asked_for_those_said()
    {
        // Truth 0 0 1, said 0 2 1 of four classes: F1 is 2/3, 1, 0 (said only), and none.
        var rows = new Outcomes([.. new[] { (0, 0), (0, 2), (1, 1) }.Select(row =>
            new Outcome("") { Class = row.Item1, Predicted = row.Item2 })])
        { ClassCount = 4 };
        Assert.Equal(5 / 6.0, new MacroF1().Value(rows), 1e-12);
        Assert.Equal(5 / 9.0, new MacroF1(countsSaidOnly: true).Value(rows), 1e-12);
    }

    [Fact]
    public void Kinetics_measure_is_the_mean_of_both_accuracies_and_no_number_below_five_classes()
    {
        Assert.Equal((new TopK("", 1).Value(Named) + new TopK("", 5).Value(Named)) / 2, new MeanOfTop1And5().Value(Named), 1e-12);
        Assert.Equal(((1 / 9.0) + (5 / 9.0)) / 2, new MeanOfTop1And5().Chance(Named)!.Value, 1e-12);
        Assert.Equal(double.NaN, new MeanOfTop1And5().Value(Rows.OfRight(true, false)));
    }

    [Fact]
    public void A_probability_of_nothing_costs_no_more_than_scikit_learn_lets_it() =>
        Assert.Equal(52 * Math.Log(2), new LogLoss().Value(new Outcomes([new Outcome("") { Score = 0 }])), 1e-12);

    [Fact]
    public void A_measure_of_halves_gets_no_interval_of_a_share_that_is_right_or_wrong()
    {
        // Deviations are 0.1, not the 0.5 of rows that are right or wrong.
        var rows = new Outcomes([.. Enumerable.Range(0, 50).Select(row =>
            new Outcome($"{row}") { Score = row % 2 == 0 ? 0.4 : 0.6 })]);
        var measured = Intervals.Measure(new MeanScore("jaccard", MetricUnit.Share), rows);
        Assert.Equal(0.5 - (1.96 * 0.1 / Math.Sqrt(50)), measured.Low!.Value, 0.005);
        Assert.Equal(0.5 + (1.96 * 0.1 / Math.Sqrt(50)), measured.High!.Value, 0.005);
    }
}
