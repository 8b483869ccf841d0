using ClipSharp.Torch;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests.Losses;

/// <summary>A loss of one's own, given to the trainer by what is public alone.</summary>
[Trait("Category", "Numeric")]
public sealed class OwnLossTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    public void CLIP_s_loss_written_anew_with_autograd_trains_alike(int? micro)
    {
        var builtIn = Train(null, micro);
        var own = Train(new ByAutograd(), micro);

        Assert.All(builtIn.Losses.Zip(own.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.All(builtIn.Weights.Zip(own.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.True(own.Losses[^1] < own.Losses[0]);
    }

    [Fact]
    public void It_is_the_trainer_s_loss_and_has_no_figure_for_guessing_unless_it_says_so()
    {
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: false));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        IPairLoss own = new ByAutograd();
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10), Precision.Parse("fp32"), new TrainOptions(),
            loss: own);

        Assert.Same(own, trainer.Loss);
        Assert.Null(own.OfGuessing(8));
    }

    private static (List<double> Losses, List<float> Weights) Train(IPairLoss? loss, int? micro)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: false), seed: 5);
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(Epsilon: 1e-3));
        var options = new TrainOptions { BatchSize = 8, MicroBatch = micro };
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 100), Precision.Parse("fp32"), options,
            loss: loss);
        var batch = MemoryTests.Batch(32);
        var losses = Enumerable.Range(0, 5).Select(step => trainer.Step(step, batch).Loss).ToList();
        return (losses, [.. model.NamedParameters().SelectMany(p => p.Parameter.data<float>().ToArray())]);
    }

    private sealed class ByAutograd : IPairLoss
    {
        public PairGradients Gradients(Tensor images, Tensor texts, Tensor logitScale, Tensor? logitBias, Tensor? groups = null)
        {
            using var scope = NewDisposeScope();
            Tensor[] inputs = [images.detach().requires_grad_(), texts.detach().requires_grad_(),
                logitScale.detach().requires_grad_()];
            var logits = inputs[0].mm(inputs[1].t()) * inputs[2].exp();                                  // [N, N]
            var own = arange(images.shape[0]);                                                           // [N]
            var loss = (nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.t(), own)) / 2;
            loss.backward();
            var gradients = inputs.Select(input => input.grad!.MoveToOuterDisposeScope()).ToList();
            return new PairGradients(loss.detach().MoveToOuterDisposeScope(), gradients[0], gradients[1], gradients[2]);
        }
    }
}
