using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests;

public sealed class GivenUpStepTests
{
    // Eight pictures two by two: the first norm runs four times on the way forward and four times on the way back.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_step_given_up_between_micro_batches_and_done_again_leaves_the_same_bits(int at)
    {
        var expected = State(null);

        Assert.All(State(at).Zip(expected),
            pair => Assert.True(pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes), pair.First.Name));
    }

    [Fact]
    public void Without_micro_batches_a_step_is_finished()
    {
        using var stop = new CancellationTokenSource();
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: true));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), Precision.Parse("fp32"),
            new TrainOptions { BatchSize = 8 });
        stop.Cancel();

        Assert.False(trainer.Step(0, MemoryTests.Batch(64), stop.Token).Skipped);
    }

    // Weights, running statistics and moments after three steps, the second of which is first given up where the norm has run so
    // often.
    private static List<(string Name, byte[] Bytes)> State(int? giveUpAt)
    {
        using var scope = NewDisposeScope();
        using var stop = new CancellationTokenSource();
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: true));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var options = new TrainOptions { BatchSize = 8, MicroBatch = 2 };
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 1, 10), Precision.Parse("fp32"), options);
        var batch = MemoryTests.Batch(64);
        trainer.Step(0, batch, stop.Token);
        if (giveUpAt is { } at)
        {
            var runs = 0;
            var norm = (nn.Module<Tensor, Tensor>)model.Image.named_modules()
                .First(m => m.name.EndsWith("downsample.1", StringComparison.Ordinal)).module;
            var hook = norm.register_forward_hook((_, _, output) =>
            {
                if (++runs == at)
                {
                    stop.Cancel();
                }

                return output;
            });
            Assert.Throws<OperationCanceledException>(() => trainer.Step(1, batch, stop.Token));
            hook.remove();
            Assert.Equal(at, runs);
        }

        trainer.Step(1, batch);
        trainer.Step(2, batch);
        return [.. model.NamedWeights().Concat(optimizer.State()).Select(s => (s.Name, s.Value.bytes.ToArray()))];
    }
}
