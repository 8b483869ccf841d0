using ClipSharp.Data.Batches;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;

namespace ClipSharp.Training.Tests.Losses;

/// <summary>What the option does in the trainer; what the loss makes of it is the losses' own.</summary>
public sealed class MultiPositiveTests
{
    [Fact]
    public void Pairs_of_one_picture_are_each_others_positives_where_it_is_asked_for()
    {
        var own = Loss(multiPositive: false, different: 8);
        Assert.Equal(own, Loss(multiPositive: true, different: 8), 1e-5);
        Assert.NotEqual(Loss(multiPositive: false, different: 4), Loss(multiPositive: true, different: 4), 1e-3);
    }

    private static double Loss(bool multiPositive, int different)
    {
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: false));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), Precision.Parse("fp32"),
            new TrainOptions { MultiPositive = multiPositive });
        var batch = MemoryTests.Batch(32);
        var samples = Enumerable.Range(0, 8).Select(i => (long)i % different).ToArray();
        return trainer.Step(0, new TrainingBatch(0, batch.Pixels, batch.Tokens, samples, TimeSpan.Zero)).Loss;
    }
}
