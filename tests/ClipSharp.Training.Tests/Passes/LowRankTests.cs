using ClipSharp.Torch;
using ClipSharp.Torch.Towers.Updates;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests.Passes;

/// <summary>Low-rank updates beside matrices that stay (LoRA).</summary>
[Trait("Category", "Numeric")]
public sealed class LowRankTests
{
    private static readonly TrainOptions Options = new()
    {
        LoraRank = 2,
        LoraAlpha = 8,
        Precision = NumberFormat.Fp32,
        BatchSize = 6,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Values_and_gradients_are_those_of_the_merged_matrix(int parts)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (matrix, input, weights) = (randn([6, 4], ScalarType.Float64), randn([2, 5, 4], ScalarType.Float64),
            randn([2, 5, 6], ScalarType.Float64));
        using var update = new LowRank(matrix, parts, 2, 0.7);
        update.to(ScalarType.Float64);
        var (down, up) = (update.get_parameter("lora_A")!, update.get_parameter("lora_B")!);
        using (no_grad())
        {
            up.normal_();
        }

        var found = nn.functional.linear(input, matrix) + update.forward(input);
        (found * weights).sum().backward();
        var (byDown, byUp) = (down.grad!.clone(), up.grad!.clone());
        (down.grad, up.grad) = (null, null);

        // The definition: W + s B A for each part, one below the other.
        var whole = matrix + (0.7 * cat([.. Enumerable.Range(0, parts).Select(part => up[part].mm(down[part]))], 0));
        var expected = nn.functional.linear(input, whole);
        (expected * weights).sum().backward();
        Near(expected, found);
        Near(down.grad!, byDown);
        Near(up.grad!, byUp);
        Near(whole, update.Merged(matrix));
    }

    [Fact]
    public void A_model_computes_as_before_until_something_is_learnt_and_then_as_its_merged_weights()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: false), seed: 3);
        var batch = MemoryTests.Batch(32);
        var before = Features(model, batch);
        new TowerLayers(model.Config).Choose(model, Options);
        Near(before, Features(model, batch), 0);

        foreach (var (_, parameter) in model.NamedParameters().Where(p => p.Name.EndsWith("lora_B", StringComparison.Ordinal)))
        {
            parameter.normal_(0, 0.1);
        }

        var learnt = Features(model, batch);
        Assert.True((learnt - before).abs().max().item<float>() > 0.01);
        using var merged = ClipModel.Create(model.Config, seed: 4);
        StateDict.Copy(model.Weights().ToDictionary(tensor => tensor.Name), merged.NamedWeights(), "merged");
        Near(learnt, Features(merged, batch), 1e-5);
    }

    [Fact]
    public void Its_names_and_shapes_are_known_without_a_model()
    {
        foreach (var options in (TrainOptions[])[Options, Options with { LockText = true }, Options with { LockImage = true }])
        {
            using var model = ClipModel.Create(MemoryTests.Config(isResNet: false), seed: 3);
            new TowerLayers(model.Config).Choose(model, options);
            Assert.Equal(
                LowRankWeights.Of(model.Config, options).Select(entry => $"{entry.Name} {string.Join(' ', entry.Shape)}").Order(),
                model.NamedParameters().Where(p => LowRankUpdates.IsOne(p.Name))
                    .Select(p => $"{p.Name} {string.Join(' ', p.Parameter.shape)}").Order());
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Only_updates_and_scalars_move_and_alike_in_every_way(bool lockImage, bool lockText)
    {
        var options = Options with { LockImage = lockImage, LockText = lockText };
        var plain = Train(options);
        Assert.All(plain, weight => Assert.Equal(
            weight.Name is "logit_scale" || weight.Name.Contains("_lora.", StringComparison.Ordinal), weight.HasMoved));
        var checkpointed = Train(options with { GradCheckpointing = true });
        Assert.All(plain.Zip(checkpointed), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        foreach (var checkpointing in (bool[])[false, true])
        {
            var micro = Train(options with { MicroBatch = 3, GradCheckpointing = checkpointing });
            Assert.All(plain.Zip(micro), pair => Assert.All(pair.First.Values.Zip(pair.Second.Values),
                numbers => Assert.Equal(numbers.First, numbers.Second, 1e-6f)));
        }
    }

    private static List<(string Name, float[] Values, bool HasMoved)> Train(TrainOptions options)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Create(MemoryTests.Config(isResNet: false), seed: 3);
        new TowerLayers(model.Config).Choose(model, options);
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(Epsilon: 1e-3));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10),
            Precision.Of(options.Precision, options.Device), options);
        var before = Values(model);
        for (var step = 0; step < 3; step++)
        {
            Assert.False(trainer.Step(step, MemoryTests.Batch(32)).Skipped);
        }

        return [.. before.Zip(Values(model), (old, now) => (old.Name, now.Values, !old.Values.SequenceEqual(now.Values)))];
    }

    private static List<(string Name, float[] Values)> Values(ClipModel model) =>
        [.. model.NamedParameters().Select(p => (p.Name, p.Parameter.detach().data<float>().ToArray()))];

    private static Tensor Features(ClipModel model, Data.Batches.TrainingBatch batch)
    {
        var (ids, ends) = model.ToTensors(batch.Tokens);
        return cat([model.EncodeImages(ClipModel.ToTensor(batch.Pixels)), model.EncodeTexts(ids, ends)], 0);
    }

    private static void Near(Tensor expected, Tensor found, double tolerance = 1e-12) =>
        Assert.InRange((expected - found).abs().max().to(ScalarType.Float64).item<double>(), 0, tolerance);
}
