using ClipSharp.Data.Batches;
using ClipSharp.Images;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Tests.Ranks;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests.Losses;

[Trait("Category", "Numeric")]
public sealed class PairGroupsTests
{
    [Fact]
    public void The_same_picture_or_the_same_text_makes_a_group_and_links_others()
    {
        using var scope = NewDisposeScope();
        // pictures 1 2 1 3 4; texts a b c b d: rows 0 and 2 by picture, 1 and 3 by text, 4 alone
        Assert.Equal([0, 1, 0, 1, 4], Groups([1, 2, 1, 3, 4], [5, 6, 7, 6, 8]));
        // the last row has the first one's picture and the second one's text
        Assert.Equal([0, 0, 2, 0], Groups([1, 2, 3, 1], [5, 6, 7, 6]));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_step_asks_which_pairs_belong_together_where_the_options_say_so(bool isOnePicture, bool isAnother)
    {
        var batch = MemoryTests.Batch(32); // eight rows of one picture
        batch = isOnePicture ? batch : batch with { SampleIds = [.. Enumerable.Range(0, 8).Select(i => (long)i)] };

        Assert.Equal(isAnother, Loss(new TrainOptions()) != Loss(new TrainOptions { MultiPositive = true }));

        double Loss(TrainOptions options)
        {
            using var model = ClipModel.Create(MemoryTests.Config(isResNet: false));
            using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
            return new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 9), Precision.Parse("fp32"), options)
                .Step(0, batch, TestContext.Current.CancellationToken).Loss;
        }
    }

    [Fact]
    public void Groups_go_across_processes()
    {
        // Pictures 1 1 | 2 1, words 5 6 | 6 7: all of one group, linked over the border.
        var groups = ThreadRanks.Run(2, ranks =>
        {
            using var scope = NewDisposeScope();
            var words = ranks.Rank == 0 ? (5, 6) : (6, 7);
            var tokens = new TokenBatch([62, words.Item1, 63, 62, words.Item2, 63], 3, [2, 2]);
            var batch = new TrainingBatch(0, new PixelBatch([], 1), tokens, ranks.Rank == 0 ? [1, 1] : [2, 1], TimeSpan.Zero);
            return PairGroups.Of(batch, ranks).data<long>().ToArray();
        });

        Assert.Equal([0, 0, 0, 0], groups.SelectMany(each => each));
    }

    [Fact]
    public void What_stands_behind_the_end_token_does_not_count()
    {
        using var scope = NewDisposeScope();
        var tokens = new TokenBatch([62, 5, 63, 0, 62, 5, 63, 9], 4, [2, 2]);
        Assert.Equal([0, 0], PairGroups.Of(new TrainingBatch(0, new PixelBatch([], 1), tokens, [1, 2],
            TimeSpan.Zero), new SingleProcess()).data<long>().ToArray());
    }

    private static long[] Groups(long[] pictures, int[] words) => PairGroups.Of(new TrainingBatch(
        0, new PixelBatch([], 1), new TokenBatch([.. words.SelectMany(w => new[] { 62, w, 63 })], 3, [.. words.Select(_ => 2)]),
        pictures, TimeSpan.Zero), new SingleProcess())
        .data<long>().ToArray();
}
