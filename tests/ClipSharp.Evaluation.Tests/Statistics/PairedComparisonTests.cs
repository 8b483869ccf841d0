using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Evaluation.Tests.Metrics;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Statistics;

public sealed class PairedComparisonTests
{
    private static readonly TopK Accuracy = new("acc1", 1);

    // Of 200 rows: 100 right by both, 25 by the second only, 10 by the first only.
    private static readonly Outcomes First = Rows.OfRight(Enumerable.Range(0, 200).Select(row => row is < 100 or >= 190));
    private static readonly Outcomes Second = Rows.OfRight(Enumerable.Range(0, 200).Select(row => row < 125));

    [Fact]
    public void Rows_that_are_right_or_wrong_are_tested_by_McNemar()
    {
        var compared = PairedComparison.Of(Accuracy, First, Second);
        Assert.Equal((PairedTest.McNemar, 10, 25), (compared.Test, compared.OnlyFirst, compared.OnlySecond));
        Assert.Equal(McNemar.PValue(10, 25), compared.PValue);
        Assert.Equal(15 / 200.0, compared.Difference, 1e-12);

        // The normal interval of a paired difference: its variance is (b + c - (c - b)² / n) / n².
        var half = 1.96 * Math.Sqrt(35 - (15 * 15 / 200.0)) / 200;
        Assert.Equal(compared.Difference - half, compared.Low, 0.01);
        Assert.Equal(compared.Difference + half, compared.High, 0.01);
    }

    [Fact]
    public void The_other_way_round_the_sign_changes_and_nothing_else()
    {
        var (there, back) = (PairedComparison.Of(Accuracy, First, Second), PairedComparison.Of(Accuracy, Second, First));
        Assert.Equal((there.PValue, -there.Difference), (back.PValue, back.Difference));
        Assert.Equal(there.Low, -back.High, 1e-12);
    }

    [Fact]
    public void Both_models_see_the_same_draws()
    {
        // The second model is right by 0.1 more on each row: so it is on any draw.
        var random = new RandomStream(1, RandomPurpose.SampleOrder);
        double[] scores = [.. Enumerable.Range(0, 60).Select(_ => random.NextDouble(0, 0.9))];
        var compared = PairedComparison.Of(new MeanScore("score"), Scored(scores),
            Scored([.. scores.Select(score => score + 0.1)]));
        Assert.Equal(PairedTest.Bootstrap, compared.Test);
        Assert.Equal(0.1, compared.Low, 1e-12);
        Assert.Equal(0.1, compared.High, 1e-12);
        Assert.Equal(2.0 / (PairedComparison.Resamples + 1), compared.PValue, 1e-12);
    }

    [Fact]
    public void Rows_of_a_unit_or_with_ties_are_tested_by_the_bootstrap()
    {
        var units = Enumerable.Range(0, 200).Select(row => row / 2).ToArray();
        var inUnits = PairedComparison.Of(Accuracy, Units(First), Units(Second));
        Assert.Equal((PairedTest.Bootstrap, null), (inUnits.Test, inUnits.OnlyFirst));
        Assert.InRange(inUnits.PValue, 0.0005, 0.1);

        var tied = new Outcomes([.. Enumerable.Range(0, 200).Select(row => First[row] with { Rank = new OwnRank(0, 2, 1) })])
        { ClassCount = 2 };
        Assert.Equal(PairedTest.Bootstrap, PairedComparison.Of(Accuracy, First, tied).Test);

        Outcomes Units(Outcomes outcomes) =>
            new([.. Enumerable.Range(0, outcomes.Count).Select(row => outcomes[row])], units) { ClassCount = 2 };
    }

    [Fact]
    public void Models_that_agree_everywhere_are_no_proof_of_no_difference()
    {
        var same = PairedComparison.Of(Accuracy, First, First);
        Assert.Equal((1.0, 0.0), (same.PValue, same.Difference));
        Assert.Equal(1 - Math.Pow(0.025, 1 / 200.0), same.High, 1e-9);
        Assert.Equal(-same.High, same.Low, 1e-12);
    }

    [Fact]
    public void The_p_value_of_equal_models_by_the_bootstrap_is_not_small()
    {
        var small = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new RandomStream(seed, RandomPurpose.SampleOrder);
            double[][] scores = [.. Enumerable.Range(0, 2).Select(_ =>
                Enumerable.Range(0, 80).Select(_ => random.NextDouble()).ToArray())];
            var compared = PairedComparison.Of(new MeanScore("score"), Scored(scores[0]), Scored(scores[1]), seed);
            small += compared.PValue < 0.05 ? 1 : 0;
        }

        Assert.InRange(small, 0, 6); // 2 are expected; more than 6 come once in 200 times
    }

    [Fact]
    public void What_has_no_number_has_no_p_value() =>
        Assert.Equal(double.NaN, PairedComparison.Of(new TopK("acc5", 5), First, Second).PValue);

    [Fact]
    public void Rows_of_other_samples_order_or_truth_are_refused_and_counted()
    {
        Assert.Contains("2 rows only in the first, 1 only in the second, such as \"b\"", Refusal(["a", "b", "c"], ["a", "x"]),
            StringComparison.Ordinal);
        Assert.Contains("2 of 3 rows elsewhere", Refusal(["a", "b", "c"], ["a", "c", "b"]), StringComparison.Ordinal);
        var other = new Outcomes([.. Enumerable.Range(0, 200).Select(row => Second[row] with { Class = row < 3 ? 1 : 0 })])
        { ClassCount = 2 };
        Assert.Contains("3 of 200 rows with another truth",
            Assert.Throws<ClipException>(() => PairedComparison.Of(Accuracy, First, other)).Message, StringComparison.Ordinal);
    }

    private static string Refusal(string[] first, string[] second) =>
        Assert.Throws<ClipException>(() => PairedComparison.Of(Accuracy, Named(first), Named(second))).Message;

    private static Outcomes Named(string[] ids) => new([.. ids.Select(id => new Outcome(id))]);

    private static Outcomes Scored(double[] scores) =>
        new([.. scores.Select((score, row) => new Outcome($"{row}") { Score = score })]);
}
