using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Metrics.Groups;
using ClipSharp.Evaluation.Statistics;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Metrics;

public sealed class GroupMetricsTests
{
    // Right: north 3 of 4, Other 0 of 1, west 1 of 2; a wrong row of no group; nobody of the south.
    private static readonly Outcomes Regions = new(
    [
        .. new[] { (0, 0), (0, 0), (0, 0), (0, 3), (1, 9), (2, 0), (2, 3), (-1, 9) }.Select(row =>
            new Outcome("") { Group = row.Item1, Rank = new OwnRank(row.Item2, 1, 1) }),
    ])
    { ClassCount = 10, Groups = ["north", "Other", "west", "south"] };

    [Fact]
    public void The_worst_group_is_the_least_of_those_that_occur_and_count()
    {
        Assert.Equal(0, new WorstGroup("", new TopK("", 1)).Value(Regions));
        Assert.Equal(0.5, new WorstGroup("", new TopK("", 1), ["Other"]).Value(Regions));
        Assert.Equal(1, new WorstGroup("", new TopK("", 5), ["Other"]).Value(Regions));
        Assert.Equal(0.5, new WorstGroup("", new TopK("", 5)).Chance(Regions));
        Assert.Equal(double.NaN, new WorstGroup("", new TopK("", 1)).Value(Rows.OfRight(true, true)));
    }

    [Fact]
    public void Of_losses_and_ranks_the_worst_is_the_greatest() =>
        Assert.Equal(10, new WorstGroup("", new MeanRank("")).Value(Regions));

    [Fact]
    public void Where_all_are_right_the_interval_is_that_of_the_smallest_group()
    {
        var right = new Outcomes([.. Enumerable.Range(0, 50).Select(row =>
            new Outcome("") { Group = row < 10 ? 0 : 1, Rank = new OwnRank(0, 1, 1) })])
        { ClassCount = 10, Groups = ["few", "many"] };
        Assert.Equal(Math.Pow(0.025, 1 / 10.0), Intervals.Measure(new WorstGroup("", new TopK("", 1)), right).Low!.Value, 1e-9);
    }

    [Fact]
    public void Groups_of_different_size_weigh_the_same_in_their_mean() =>
        Assert.Equal((0.75 + 0 + 0.5) / 3, new MeanOverGroups("", new TopK("", 1)).Value(Regions), 1e-12);

    [Fact]
    public void Both_ways_of_retrieval_have_one_mean_and_one_interval()
    {
        // Two captions a picture; a picture and its captions are right or wrong together, so that both sides vary as one.
        var rows = Enumerable.Range(0, 100).SelectMany(picture => Enumerable.Repeat((picture, 0), 2).Append((picture, 1)))
            .Select(row => (Row: new Outcome("") { Group = row.Item2, Rank = new OwnRank(row.picture % 2, 1, 1) }, row.picture))
            .ToList();
        var both = new Outcomes([.. rows.Select(row => row.Row)], [.. rows.Select(row => row.picture)]);
        var measured = Intervals.Measure(new MeanOverGroups("mean_recall@1", new TopK("", 1, choices: 100)), both);
        Assert.Equal(0.5, measured.Value, 1e-12);
        Assert.Equal(0.5 - (1.96 * 0.05), measured.Low!.Value, 0.015);
        Assert.Equal(0.5 + (1.96 * 0.05), measured.High!.Value, 0.015);
    }
}
