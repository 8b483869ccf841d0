using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Tests.Towers;
using ClipSharp.Training.Optimization;
using static TorchSharp.torch;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Training.Tests;

[Trait("Category", "Numeric")]
public sealed class PrecisionTests
{
    [Theory]
    [InlineData(NumberFormat.Fp32, TextWeights.Fp32, OptimizerState.Fp16)]
    [InlineData(NumberFormat.Bf16, TextWeights.Fp32, OptimizerState.Fp32)]
    [InlineData(NumberFormat.Bf16, TextWeights.Bf16Sr, OptimizerState.Fp16)]
    [InlineData(NumberFormat.Fp16, TextWeights.Fp32, OptimizerState.Fp32)]
    [InlineData(NumberFormat.Fp16, TextWeights.Fp16Sr, OptimizerState.Fp16Jukebox)]
    [InlineData(NumberFormat.PureBf16, TextWeights.Fp32, OptimizerState.Bf16)]
    public void A_small_batch_is_learnt_by_heart_in_every_format(
        NumberFormat format, TextWeights textWeights, OptimizerState state)
    {
        var precision = Precision.Of(format, TorchDevice.Cpu);
        var options = new TrainOptions { Precision = format, TextWeights = textWeights, OptimizerState = state };
        using var model = Reference.Model("vit-tiny");
        if (options.HalfWeights(precision) is { } type)
        {
            model.KeepMatricesAs(type, precision.IsPure);
        }

        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(WeightDecay: 0, State: state));
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 10, 120), precision, options);
        var batch = MemoryTests.Batch(32);

        var losses = Enumerable.Range(0, 120).Select(step => trainer.Step(step, batch).Loss).ToList();

        Assert.InRange(losses[0], Math.Log(8) - 1, Math.Log(8) + 2.5);
        Assert.InRange(losses[^1], 0, 0.1);
    }

    [Fact]
    public void Without_AVX512_the_default_is_float32()
    {
        Assert.SkipWhen(Avx512F.IsSupported, "This processor has AVX-512: scripts/test --plain-processor runs this.");

        Assert.Equal("fp32", Precision.Parse("auto").Name);
        Assert.False(Vector512.IsHardwareAccelerated);
    }

    [Fact]
    public void The_default_asks_the_device_it_is_for() =>
        Assert.Equal(ClipError.Unavailable,
            Assert.Throws<ClipException>(() => Precision.Of(NumberFormat.Auto, TorchDevice.Cuda(99))).Kind);

    [Fact]
    public void Tf32_is_a_switch_that_falls_back_where_it_was()
    {
        var before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        foreach (var isAllowed in (bool[])[true, false])
        {
            using var scope = Tf32.Enter(isAllowed);
            Assert.Equal((isAllowed, isAllowed), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
        }

        Assert.Equal(before, (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
    }

    [Fact]
    public void Text_weights_of_16_bits_leave_the_image_tower_norms_and_positions_alone()
    {
        using var model = Reference.Model("vit-tiny");
        model.KeepMatricesAs(ScalarType.BFloat16, imageToo: false);

        var half = model.NamedParameters().Where(p => p.Parameter.dtype == ScalarType.BFloat16).Select(p => p.Name).ToList();

        Assert.Contains("token_embedding.weight", half);
        Assert.Contains("transformer.resblocks.1.attn.in_proj_weight", half);
        Assert.Contains("transformer.resblocks.1.mlp.c_fc.weight", half);
        Assert.DoesNotContain(half,
            name => name.StartsWith("visual.", StringComparison.Ordinal) || name.Contains("ln_", StringComparison.Ordinal));
        Assert.DoesNotContain("positional_embedding", half);
    }

    [Fact]
    public void The_loss_scale_halves_on_an_overflow_and_grows_slowly()
    {
        var scale = new LossScale(isOn: true);
        scale.Update(finite: false);
        Assert.Equal(32768, scale.Value);
        for (var step = 0; step < 1000; step++)
        {
            scale.Update(finite: true);
        }

        Assert.Equal(65536, scale.Value, 1e-6);
        var off = new LossScale(isOn: false);
        off.Update(finite: false);
        Assert.Equal(1, off.Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // its batch norms keep statistics
    public void A_gradient_that_overflows_changes_nothing_but_the_scale(bool isResNet)
    {
        using var model = ClipModel.Create(MemoryTests.Config(isResNet));
        using var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions());
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-3, 0, 10), Precision.Parse("fp16"),
            new TrainOptions { Precision = NumberFormat.Fp16 });
        trainer.LossScale.Restore(1e30);
        using var scope = NewDisposeScope();
        var before = model.NamedWeights().Select(w => w.Value.detach().clone()).ToList();

        var done = trainer.Step(0, MemoryTests.Batch(isResNet ? 64 : 32));

        Assert.True(double.IsFinite(done.Loss));
        Assert.False(double.IsFinite(done.GradientNorm));
        Assert.True(done.Skipped);
        Assert.Equal(5e29, trainer.LossScale.Value, 1e20);
        Assert.All(model.NamedWeights().Zip(before),
            pair => Assert.True(pair.First.Value.equal(pair.Second).all().item<bool>(), pair.First.Name));
        Assert.All(optimizer.State(), state => Assert.Equal(0, state.Value.abs().max().item<float>()));
    }

    [Fact]
    public void Gradients_and_their_norm_do_not_depend_on_the_loss_scale()
    {
        using var scope = NewDisposeScope();
        var plain = new[] { tensor(new float[] { 3, 0 }), tensor(new float[] { 0, 4 }) };
        var scaled = plain.Select(g => g * 1024).ToArray();

        Assert.Equal(5, GradientNorm.Clip(plain, 1).Norm, 1e-6);
        Assert.Equal(5, GradientNorm.Clip(scaled, 1, scale: 1024).Norm, 1e-6);
        Assert.All(plain.Zip(scaled), pair => Assert.True(pair.First.allclose(pair.Second)));
    }

    [Fact]
    public void Averages_come_and_go_without_changing_the_live_weights()
    {
        using var model = Reference.Model("vit-tiny");
        model.KeepMatricesAs(ScalarType.BFloat16, imageToo: true);
        using var average = new WeightAverage(model, 0.9);
        average.Update(5);
        var before = model.NamedParameters().Select(p => p.Parameter.bytes.ToArray()).ToList();
        var averages = average.State().Select(s => s.Value.bytes.ToArray()).ToList();

        average.Enter().Dispose();

        Assert.All(model.NamedParameters().Zip(before),
            pair => Assert.True(pair.First.Parameter.bytes.SequenceEqual(pair.Second), pair.First.Name));
        Assert.All(average.State().Zip(averages),
            pair => Assert.True(pair.First.Value.bytes.SequenceEqual(pair.Second), pair.First.Name));
    }
}
