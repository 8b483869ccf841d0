using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Evaluation.Overlaps.Accuracy;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class SeenOutcomesTests
{
    private static readonly OverlapRule Rule = new(0.9, 40);

    [Fact]
    public void Right_ones_are_counted_on_both_sides()
    {
        // Two of the three that were seen are right, and one of the two others; a third ties with one more thing.
        var accuracy = Split([Row("a", 0), Row("b", 0), Row("c", 1), Row("d", 0), Row("e", 3)]);
        Assert.Equal(new SeenShare(2, 3), accuracy.Overlap);
        Assert.Equal(new SeenShare(1, 2), accuracy.Clean);
        var tied = Split([Row("a", 0), Row("d", 0) with { Rank = new OwnRank(0, 2, 1) }]);
        Assert.Equal((1.0, 0.5), (tied.Overlap.Right, tied.Clean.Right));
    }

    [Fact]
    public void What_does_not_count_is_left_out()
    {
        var accuracy = Split([Row("a", 0), Row("b", 0) with { IsIgnored = true }]);
        Assert.Equal(new SeenShare(1, 1), accuracy.All);
    }

    [Fact]
    public void Pictures_of_the_same_key_are_told_by_their_place()
    {
        PicturePlace[] places = [new("x/0.tar", 512, 9, default), new("x/1.tar", 512, 9, default)];
        var accuracy = SeenOutcomes.Split("r.json", Report(),
            [new StoredOutcomes(new Outcomes([Row("k", 0), Row("k", 1)]), places)],
            [
                Picture("k", 10, new PicturePlace("moved/1.tar", 512, 9, default)),
                Picture("k", 90, new PicturePlace("moved/0.tar", 512, 9, default)),
            ], Rule);
        Assert.Equal((0.0, 1.0), (accuracy.Overlap.Right, accuracy.Clean.Right));
    }

    [Fact]
    public void Outcomes_of_other_pictures_are_refused()
    {
        var refusal = Assert.Throws<ClipException>(() => Split([Row("a", 0), Row("z", 0)]));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("1 of 2 rows without their picture, the first z", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_not_one_a_picture_are_refused()
    {
        Assert.Throws<ClipException>(() => Split([Row("a", 0), Row("a", 1)]));
        var refusal = Assert.Throws<ClipException>(() => Split([Row("a", 0), Row("b", 0)], units: [0, 0]));
        Assert.Contains("one row a picture", refusal.Message, StringComparison.Ordinal);
    }

    private static OverlapAccuracy Split(Outcome[] rows, int[]? units = null) => SeenOutcomes.Split("r.json", Report(),
        [new StoredOutcomes(new Outcomes(rows, units), new PicturePlace?[rows.Length])],
        [Picture("a", 10), Picture("b", 20), Picture("c", 0), Picture("d", 41), Picture("e", 90)], Rule);

    private static TestPictureOverlap Picture(string id, int distance, PicturePlace? place = null)
    {
        var pair = new OverlapPair(new OverlapPicture("t", "train", null), 0.95f, distance, false);
        return new TestPictureOverlap(new OverlapPicture(id, "test", place), pair, pair);
    }

    private static Outcome Row(string id, int better) => new(id) { Rank = new OwnRank(better, 1, 1) };

    private static BenchmarkReport Report() => new()
    {
        Dataset = "set",
        Split = "test",
        Model = "model",
        Pretrained = "",
        Task = "zeroshot_classification",
        Metrics = [],
        Engine = "",
    };
}
