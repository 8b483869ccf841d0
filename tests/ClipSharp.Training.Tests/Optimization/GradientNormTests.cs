using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Tests.Memory;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Optimization;

[Trait("Category", "Numeric")]
public sealed class GradientNormTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData(0.5, 1)]
    [InlineData(0.5, 1024)]
    [InlineData(1e6, 1)]
    public void Norm_is_that_of_float32_copies_of_all_at_once_and_wide_gradients_are_clipped(double? most, double scale)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        Tensor[] gradients = [randn(40, 30), randn(300).to(bfloat16), randn(7, 5, 3).to(float16), randn([]).to(bfloat16)];
        var expected = gradients.Select(g => g.clone()).ToList();
        var all = stack([.. expected.Select(g => g.to(float32).norm())]).norm().ToDouble() / scale;
        var factor = (most is { } limit && all > limit ? limit / all : 1) / scale;
        expected[0].mul_(factor.ToScalar()); // those of 16 bits stay: their reader multiplies wide

        Assert.Equal((all, factor), GradientNorm.Clip(gradients, most, scale));
        Assert.All(gradients.Zip(expected), pair => Assert.True(pair.First.bytes.SequenceEqual(pair.Second.bytes)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Gradients_that_are_not_finite_stay_as_they_are(double bad)
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [tensor(new float[] { 3, 4 }), tensor(new[] { (float)bad })];

        Assert.False(double.IsFinite(GradientNorm.Clip(gradients, 1).Norm));
        Assert.Equal([3, 4], gradients[0].data<float>().ToArray());
    }

    [Fact]
    public void One_gradient_of_16_bits_at_a_time_is_widened()
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. Enumerable.Range(0, 8).Select(_ => ones(1 << 21, dtype: ScalarType.BFloat16))];

        Assert.InRange(PeakMemory.Of(() => GradientNorm.Clip(gradients, 1)), 3 << 21, 8 << 21); // eight copies would be 64 MiB
    }

    [Fact]
    public void One_weight_of_16_bits_at_a_time_is_widened_for_its_average()
    {
        using var model = ClipModel.Create(new ModelConfig
        {
            EmbedDim = 16,
            Vision = new VisionConfig { Layers = [1], Width = 32, ImageSize = 32, PatchSize = 8, HeadWidth = 16 },
            Text = new TextConfig { ContextLength = 8, VocabSize = 64, Width = 512, Heads = 8, Layers = 6 },
        });
        model.KeepMatricesAs(ScalarType.BFloat16, imageToo: false);
        using var average = new WeightAverage(model, 0.9);

        Assert.InRange(PeakMemory.Of(() => average.Update(3)), 2 << 20, 16 << 20); // the largest is 4 MiB wide, all are 72 MiB
    }
}
