using ClipSharp.Shapes;
using ClipSharp.Text;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Tests.Runs;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>What processes must have in common before they train together.</summary>
public sealed class RankedSetupTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Other_data_is_refused_by_all()
    {
        CorpusWriter.Write(_tiny.Folder["other"],
            new CorpusOptions { Samples = 41, ValSamples = 8, HeldoutSamples = 8, ImageSize = 32, Workers = 1 });

        var refused = ThreadRanks.Run(2, ranks => Refusal(ranks, _tiny.Options() with
        {
            TrainData = _tiny.Folder[ranks.Rank == 0 ? "corpus/train" : "other/train"],
        }));

        Assert.All(refused, each => Assert.StartsWith("The training data differ between processes (rank 1): ", each.Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Another_tokenizer_is_refused_by_all()
    {
        foreach (var word in new[] { "one", "two" })
        {
            TokenizerTrainer.Train([word, word], 515).Save(_tiny.Folder[word]);
        }

        var refused = ThreadRanks.Run(2, ranks => Refusal(ranks, _tiny.Options() with
        {
            Vocab = _tiny.Folder[ranks.Rank == 0 ? "one" : "two"],
        }));

        Assert.All(refused, each => Assert.StartsWith("The tokenizer differ between processes (rank 1): ", each.Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Weights_are_the_first_one_s_and_others_are_refused()
    {
        var refused = ThreadRanks.Run(2, ranks =>
        {
            using var setup = TrainingSetup.Create(_tiny.Options() with { Seed = ranks.Rank }, null, _ => { },
                CancellationToken.None, ranks: ranks);
            setup.ShareWeights();
            setup.RequireSameWeights();
            using (no_grad())
            {
                setup.Model.LogitScale.add_(ranks.Rank * 1e-6);
            }

            return Assert.Throws<ClipException>(setup.RequireSameWeights);
        });

        Assert.All(refused, each => Assert.StartsWith("The weights differ between processes (rank 1): ", each.Message,
            StringComparison.Ordinal));
    }

    private static ClipException Refusal(ICollective ranks, TrainOptions options) => Assert.Throws<ClipException>(
        () => TrainingSetup.Create(options, null, _ => { }, CancellationToken.None, ranks: ranks).Dispose());
}
