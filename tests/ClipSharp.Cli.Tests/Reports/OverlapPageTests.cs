using ClipSharp.Cli.Reports.Evaluation;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Cli.Tests.Reports;

public sealed class OverlapPageTests
{
    [Fact]
    public void Pictures_that_are_gone_are_counted_and_long_lists_cut()
    {
        var gone = new OverlapPicture("a<b", "x", new PicturePlace("nowhere/0.tar", 512, 3, default));
        var pair = new OverlapPair(gone, 0.5f, 90, false);
        var page = OverlapPage.Page(new OverlapReport
        {
            Model = "m",
            Engine = "e",
            Train = ["t"],
            Rule = OverlapRule.Default,
            TrainingPictures = 1,
            TrainingSkipped = new Dictionary<SkipReason, long>(),
            Sets = [new OverlapSet("set", "test",
                [.. Enumerable.Range(0, 150).Select(_ => new TestPictureOverlap(gone, pair, pair))],
                new Dictionary<SkipReason, long>(), [])],
        }, CancellationToken.None);
        Assert.Contains("No overlap, the nearest by hash first: 100 of 150", page, StringComparison.Ordinal);
        Assert.Contains("400 pictures are in Parquet tables, gone or changed since, and not shown", page,
            StringComparison.Ordinal);
        Assert.Contains("a&lt;b", page, StringComparison.Ordinal);
    }
}
