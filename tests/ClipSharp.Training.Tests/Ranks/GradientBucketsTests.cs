using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization.Sharing;
using ClipSharp.Training.Passes;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks;

public sealed class GradientBucketsTests
{
    private static readonly ModelConfig Config = ModelConfig.Parse("""
        { "embed_dim": 16,
          "vision_cfg": { "image_size": 16, "layers": 3, "width": 32, "patch_size": 8, "head_width": 16 },
          "text_cfg": { "context_length": 8, "vocab_size": 64, "width": 32, "heads": 2, "layers": 2 } }
        """u8, "model");

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 2)]
    public void They_leave_on_the_way_back_with_complete_gradients(bool isCheckpointed, int? microBatch)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Create(Config, seed: 1);
        var trained = model.NamedParameters().Where(p => p.Name.StartsWith("visual.", StringComparison.Ordinal)).ToList();
        var sent = new SentBuckets();
        var buckets = new GradientBuckets(sent, trained, new TowerLayers(Config), bucketLength: 5_000);
        var options = new TrainOptions { GradCheckpointing = isCheckpointed, MicroBatch = microBatch };
        var pass = TowerPasses.For(options, Precision.Parse("fp32"), rows: 4, isTrained: true, part => buckets.Done(true, part));
        manual_seed(3);
        var batch = new PictureBatch(model, randint(0, 256, [4, 3, 16, 16], ScalarType.Byte));

        var features = pass.Forward(batch, CancellationToken.None);
        pass.Backward(ones_like(features), CancellationToken.None);
        var early = sent.Sums.Count;
        buckets.SumGradients();

        Assert.True(early >= 3, $"{early} of {sent.Sums.Count} left on the way back");
        Assert.True(isCheckpointed || early < sent.Sums.Count); // those of the patches come last
        // Each left with what the gradient came to in the end.
        var all = cat([.. sent.Sums]).abs().sum().ToDouble();
        Assert.Equal(trained.Sum(p => p.Parameter.grad!.abs().sum().ToDouble()), all, all * 1e-5);
    }

    [Fact]
    public void A_ResNet_s_parameters_wait_for_the_first_block_of_their_stage()
    {
        var layers = new TowerLayers(ModelPresets.Find("RN50"));

        Assert.Equal((true, 0), layers.FirstPart("visual.conv1.weight"));
        Assert.Equal((true, 1), layers.FirstPart("visual.layer1.2.conv1.weight"));
        Assert.Equal((true, 4), layers.FirstPart("visual.layer2.0.conv1.weight"));
        Assert.Equal((true, 14), layers.FirstPart("visual.layer4.1.conv1.weight"));
        Assert.Equal((true, 17), layers.FirstPart("visual.attnpool.q_proj.weight"));
        Assert.Equal((false, 3), layers.FirstPart("transformer.resblocks.2.ln_1.weight"));
        Assert.Null(layers.FirstPart("logit_scale"));
    }

    // A process of two that never hears of the other.
    private sealed class SentBuckets : ICollective
    {
        public List<Tensor> Sums { get; } = [];

        public int Rank => 0;

        public int WorldSize => 2;

        public int LocalRank => 0;

        public int LocalSize => 2;

        public string Transport => "";

        public TimeSpan Patience { get; set; }

        public void AllReduce(Tensor inout, ReduceOp operation) => throw new NotSupportedException();

        public Task AllReduceLater(Tensor inout, ReduceOp operation)
        {
            Sums.Add(inout.clone().DetachFromDisposeScope());
            return Task.CompletedTask;
        }

        public void AllGather(Tensor mine, Tensor all) => throw new NotSupportedException();

        public void ReduceScatter(Tensor all, Tensor mine) => throw new NotSupportedException();

        public void Broadcast(Tensor inout, int root) => throw new NotSupportedException();

        public void Shift(Tensor inout) => throw new NotSupportedException();

        public void Barrier() => throw new NotSupportedException();

        public void Abort(int code) => throw new NotSupportedException();

        public void Dispose() => Sums.ForEach(sum => sum.Dispose());
    }
}
