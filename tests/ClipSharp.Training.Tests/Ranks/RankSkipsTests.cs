using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Testing.Odd;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Tests.Runs;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>What several processes leave out counts together, and stops all of them at the same step.</summary>
public sealed class RankSkipsTests : IDisposable
{
    private const int Pairs = 20;

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_picture_that_two_met_counts_once_and_all_know_of_all()
    {
        var set = TrainingSets.Open(Broken(every: 5), new ClipSharp.Data.DataOptions(), _tiny.Folder["index"],
            cancel: TestContext.Current.CancellationToken);
        var told = ThreadRanks.Run(3, ranks =>
        {
            var skips = new RankSkips(ranks, set, new SkipLimit(Most: 3, MostShare: null));
            var said = new List<string>();
            foreach (var (turn, met) in ((long[][])[[], [0, 5], [5, 10], [10 + (5 * ranks.Rank)]]).Index())
            {
                foreach (var sample in met.Where(_ => ranks.Rank > 0))
                {
                    skips.Add(sample, new Skip(SkipReason.NotAPicture, "0.tar", $"{sample}", "with\nlines"));
                }

                Assert.Equal(turn == 2, skips.Agree(cannotGoOn: ranks.Rank == 2 && turn == 2));
                said.Add($"{skips.All} {skips.TooMany(read: 100)?.Kind}");
            }

            return string.Join(", ", said);
        });

        Assert.All(told, each => Assert.Equal(
            "nothing , 2 NotAPicture , 3 NotAPicture , 5 NotAPicture Data", each));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_limit_stops_any_number_of_processes_at_the_same_step_of_theirs_and_few_enough_stop_none(int count)
    {
        var data = Broken(every: 5); // 4 of 20
        var options = _tiny.Options("run") with { TrainData = data, BatchSize = 10, MaxSkipped = 3 };
        var refused = ThreadRanks.Run(count, ranks => Record.Exception(() => Run(options, ranks)) as ClipException);

        Assert.All(refused, each => Assert.Equal(ClipError.Data, each!.Kind));
        Assert.Contains("4 samples: 4 TruncatedPicture, expected at most 3, as --max-skipped says", refused[0]!.Message,
            StringComparison.Ordinal);

        var ends = ThreadRanks.Run(count, ranks => Run(options with { Name = "few", MaxSkipped = 4 }, ranks));
        Assert.All(ends, end => Assert.True(end.Completed));
        Assert.Equal(4, File.ReadLines(_tiny.Folder["logs/few/left-out.jsonl"]).Count());
    }

    private static TrainingEnd Run(TrainOptions options, ICollective ranks) =>
        new TrainingRun(options, null, null, TimeProvider.System, ranks: ranks).Run(TestContext.Current.CancellationToken);

    private string Broken(int every)
    {
        var tar = new TarBuilder();
        for (var i = 0; i < Pairs; i++)
        {
            tar.Add($"{i:00}.jpg", i % every == 4 ? OddInputs.Jpeg[..^99] : ColourPictures.Png(i))
                .Add($"{i:00}.txt", $"picture {i}");
        }

        var path = _tiny.Folder["broken.tar"];
        using var file = File.Create(path);
        file.Write(tar.Finish());
        return path;
    }
}
