using ClipSharp.Torch;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Passes;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Passes;

public sealed class TowerPassTests
{
    private static readonly Precision Fp32 = Precision.Parse("fp32");

    [Theory]
    [InlineData("vit-tiny", "fp32")]
    [InlineData("vit-tiny", "bf16")]
    [InlineData("rn-tiny", "fp32")]
    public void Checkpointing_gives_the_same_bits(string fixture, string format)
    {
        var precision = Precision.Parse(format);
        var whole = Run(fixture, new WholePass(precision));
        var checkpointed = Run(fixture, new CheckpointedPass(precision));

        Assert.Equal(whole.Features, checkpointed.Features);
        foreach (var (name, gradient) in whole.Gradients)
        {
            Assert.True(gradient.AsSpan().SequenceEqual(checkpointed.Gradients[name]), name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Running_statistics_count_a_batch_once(bool micro)
    {
        var whole = Run("rn-tiny", new WholePass(Fp32));
        ITowerPass twice = new CheckpointedPass(Fp32);
        var again = Run("rn-tiny", micro ? new CachedPass(6, Fp32, twice) : twice);

        foreach (var (name, values) in whole.Statistics)
        {
            Assert.True(values.AsSpan().SequenceEqual(again.Statistics[name]), name);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Micro_batches_give_the_gradients_of_the_whole_batch(int rows, bool checkpointing)
    {
        ITowerPass inner = checkpointing ? new CheckpointedPass(Fp32) : new WholePass(Fp32);
        var whole = Run("vit-tiny", new WholePass(Fp32));
        var cached = Run("vit-tiny", new CachedPass(rows, Fp32, inner));

        foreach (var (name, gradient) in whole.Gradients)
        {
            var size = Math.Sqrt(gradient.Sum(x => (double)x * x));
            var difference = Math.Sqrt(gradient.Zip(cached.Gradients[name], (a, b) => (double)(a - b) * (a - b)).Sum());
            Assert.True(difference <= 1e-6 * size, FormattableString.Invariant($"{name}: {difference / size:E2}"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dropped_patches_are_the_same_in_every_pass(bool checkpointing)
    {
        ITowerPass inner = checkpointing ? new CheckpointedPass(Fp32) : new WholePass(Fp32);
        using var kept = PatchDropout.Keep(16, 0.5, seed: 1, step: 7, rows: 6);
        var whole = Run("vit-tiny", new WholePass(Fp32), kept);
        var cached = Run("vit-tiny", new CachedPass(4, Fp32, inner), kept);
        var full = Run("vit-tiny", new WholePass(Fp32));

        Assert.All(whole.Features.Zip(cached.Features), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.NotEqual(full.Features, whole.Features);
    }

    [Fact]
    public void Patches_to_keep_are_a_function_of_seed_step_and_row()
    {
        using var scope = NewDisposeScope();
        var some = PatchDropout.Keep(16, 0.25, 1, 7, 4);

        Assert.Equal([4, 12], some.shape);
        Assert.Equal(some.narrow(0, 0, 2).data<long>().ToArray(), PatchDropout.Keep(16, 0.25, 1, 7, 2).data<long>().ToArray());
        Assert.NotEqual(some.data<long>().ToArray(), PatchDropout.Keep(16, 0.25, 1, 8, 4).data<long>().ToArray());
        Assert.All(Enumerable.Range(0, 4), row => Assert.Equal(12, some[row].data<long>().ToArray().Distinct().Count()));
    }

    private static Result Run(string fixture, ITowerPass pass, Tensor? kept = null)
    {
        using var scope = NewDisposeScope();
        using var model = Reference.Model(fixture);
        model.Train();
        manual_seed(1);
        var size = model.Config.Vision.ImageSize;
        var pixels = randint(0, 256, [6, 3, size, size], dtype: ScalarType.Byte);
        var features = pass.Forward(new PictureBatch(model, pixels, kept));
        pass.Backward(randn(features.shape));
        return new Result(
            features.data<float>().ToArray(),
            model.NamedParameters().Where(p => p.Parameter.grad is not null).ToDictionary(p => p.Name, p => p.Parameter.grad!.data<float>().ToArray()),
            model.NamedBuffers().ToDictionary(b => b.Name, b => b.Buffer.to(float32).data<float>().ToArray()));
    }

    private sealed record Result(
        float[] Features, IReadOnlyDictionary<string, float[]> Gradients, IReadOnlyDictionary<string, float[]> Statistics);
}
