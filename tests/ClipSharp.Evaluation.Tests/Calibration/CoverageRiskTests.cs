using ClipSharp.Evaluation.Calibration;
using ClipSharp.Evaluation.Tests.Metrics;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Calibration;

public sealed class CoverageRiskTests
{
    // By falling confidence: right, right, wrong, right.
    private static readonly CoverageRisk Four = new([0.6, 0.9, 0.7, 0.8], [1, 1, 0, 1]);

    [Fact]
    public void The_curve_and_its_area_are_those_worked_out_by_hand()
    {
        Assert.Equal([new(0.9, 0.25, 0), new(0.8, 0.5, 0), new(0.7, 0.75, 1 / 3.0), new(0.6, 1, 0.25)], Four.Points);
        Assert.Equal((0 + 0 + (1 / 3.0) + 0.25) / 4, Four.Area, 1e-12);
    }

    [Fact]
    public void A_threshold_answers_most_within_the_risk_and_least_beyond_the_coverage()
    {
        Assert.Equal(0.6, Four.ForRisk(0.25)!.Value.Threshold); // not 0.8, though 0.7 between them is too risky
        Assert.Equal(0.8, Four.ForRisk(0.1)!.Value.Threshold);
        Assert.Null(new CoverageRisk([0.9, 0.5], [0, 1]).ForRisk(0.1));
        Assert.Equal((0.7, 0.75), (Four.ForCoverage(0.6).Threshold, Four.ForCoverage(0.6).Coverage));
        Assert.Equal(0.9, Four.ForCoverage(0).Threshold);
        Assert.Equal(0.6, Four.ForCoverage(1).Threshold);
    }

    [Fact]
    public void A_threshold_chosen_elsewhere_answers_what_is_as_sure()
    {
        Assert.Equal(new CoveragePoint(0.75, 0.5, 0), Four.At(0.75));
        Assert.Equal(new CoveragePoint(0.7, 0.75, 1 / 3.0), Four.At(0.7));
        Assert.Equal(new CoveragePoint(0.95, 0, double.NaN), Four.At(0.95));
    }

    [Fact]
    public void Rows_of_one_confidence_stand_or_fall_together_and_no_order_of_them_counts()
    {
        var alike = new CoverageRisk([0.5, 0.5, 0.5, 0.5], [1, 0, 1, 1]);
        Assert.Equal([new(0.5, 1, 0.25)], alike.Points);
        Assert.Equal(0.25, alike.Area, 1e-12);

        // The mean area over all orders of two alike, one right, behind one that is right: (0 + 1/2 · 1/2 + 1/3) / 3.
        Assert.Equal((0 + 0.25 + (1 / 3.0)) / 3, new CoverageRisk([0.9, 0.5, 0.5], [1, 0, 1]).Area, 1e-12);
    }

    [Fact]
    public void Rows_of_naming_are_right_by_their_place()
    {
        var curve = new CoverageRisk(new Outcomes(
        [
            new Outcome("a") { Confidence = 0.9, Rank = new OwnRank(0, 1, 1) },
            new Outcome("b") { Confidence = 0.4, Rank = new OwnRank(1, 1, 1) },
        ]));
        Assert.Equal([new(0.9, 0.5, 0), new(0.4, 1, 0.5)], curve.Points);
        Assert.Equal(Rows.Random(50, 4, 1).Count, new CoverageRisk(Rows.Random(50, 4, 1)).Points.Count);
    }

    [Fact]
    public void What_is_no_confidence_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new CoverageRisk([0.5, double.NaN], [1, 1]));
        Assert.Throws<ArgumentException>(() => new CoverageRisk([0.5], [1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Four.ForCoverage(1.1));
    }
}
