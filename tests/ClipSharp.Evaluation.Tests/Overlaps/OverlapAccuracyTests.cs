using ClipSharp.Evaluation.Overlaps.Accuracy;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class OverlapAccuracyTests
{
    [Fact]
    public void Figures_are_those_of_scipy()
    {
        var accuracy = new OverlapAccuracy("m", "t", new SeenShare(600, 1000), new SeenShare(130, 200));
        Assert.Equal((730.0, 1200), (accuracy.All.Right, accuracy.All.Count));
        Assert.Equal((730 / 1200.0) - 0.6, accuracy.Gain!.Value, 1e-12);
        // scipy 1.10.1: binomtest(130, 200, 0.6, alternative="greater").pvalue
        Assert.Equal(1, accuracy.PValue!.Value / 0.08439778204121161, 1e-9);
    }

    // scipy 1.10.1: binomtest(k, n).proportion_ci(0.995, "exact")
    [Theory]
    [InlineData(3, 20, 0.013774985773801873, 0.47614806817360134)]
    [InlineData(10, 10, 0.5492802716530589, 1.0)]
    public void Intervals_are_of_the_papers_confidence(int right, int count, double low, double high)
    {
        var (from, to) = new SeenShare(right, count).Interval!.Value;
        Assert.Equal(low, from, 1e-9);
        Assert.Equal(high, to, 1e-9);
    }

    [Fact]
    public void Where_one_side_is_empty_there_is_no_test()
    {
        var allSeen = new OverlapAccuracy("m", "t", new SeenShare(0, 0), new SeenShare(3, 4));
        Assert.Null(allSeen.PValue);
        Assert.Null(allSeen.Gain);
        Assert.Null(allSeen.Clean.Interval);
        var noneSeen = new OverlapAccuracy("m", "t", new SeenShare(3, 4), new SeenShare(0, 0));
        Assert.Null(noneSeen.PValue);
        Assert.Equal(0, noneSeen.Gain);
    }

    [Fact]
    public void Each_test_is_corrected_by_the_number_of_tests_and_no_probability_is_above_1()
    {
        OverlapAccuracy[] tests =
        [
            new("m", "a", new SeenShare(600, 1000), new SeenShare(130, 200)),
            new("m", "b", new SeenShare(600, 1000), new SeenShare(0, 0)), // no test
            new("m", "c", new SeenShare(50, 100), new SeenShare(1, 10)),
        ];
        var corrected = OverlapAccuracy.Corrected(tests);
        Assert.Equal(2 * tests[0].PValue!.Value, corrected[0].PBonferroni!.Value, 1e-12);
        Assert.Null(corrected[1].PBonferroni);
        Assert.Equal(1, corrected[2].PBonferroni);
    }

    [Fact]
    public void A_tie_counts_its_share_and_the_test_rounds_down()
    {
        var third = 1 / 3.0;
        var ties = new OverlapAccuracy("m", "t", new SeenShare(5, 10), new SeenShare(4 + (2 * third), 6));
        var floor = new OverlapAccuracy("m", "t", new SeenShare(5, 10), new SeenShare(4, 6));
        Assert.Equal(floor.PValue, ties.PValue);
        var whole = new OverlapAccuracy("m", "t", new SeenShare(5, 10), new SeenShare(4 + third + third + third, 6));
        Assert.Equal(new OverlapAccuracy("m", "t", new SeenShare(5, 10), new SeenShare(5, 6)).PValue, whole.PValue);
    }
}
