using ClipSharp.Torch.Native;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Native;

public sealed class ProductsTests
{
    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 3, 4 }, new long[] { 2, 4 })]
    [InlineData(new long[] { 3 }, new long[] { 3, 4 }, new long[] { 4 })]
    [InlineData(new long[] { 2, 3 }, new long[] { 3 }, new long[] { 2 })]
    [InlineData(new long[] { 3 }, new long[] { 3 }, new long[] { })]
    [InlineData(new long[] { 5, 1, 2, 3 }, new long[] { 6, 3, 4 }, new long[] { 5, 6, 2, 4 })]
    [InlineData(new long[] { 5, 2, 3 }, new long[] { 3, 4 }, new long[] { 5, 2, 4 })]
    public void Fitting_shapes_are_multiplied(long[] left, long[] right, long[] expected)
    {
        using var scope = NewDisposeScope();

        var product = Products.MatMul(ones(left), ones(right));

        Assert.Equal(expected, product.shape);
        Assert.Equal(3f, product.flatten()[0].item<float>());
    }

    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 2, 3 })]
    [InlineData(new long[] { }, new long[] { 3 })]
    [InlineData(new long[] { 3 }, new long[] { })]
    [InlineData(new long[] { 2 }, new long[] { 3 })]
    [InlineData(new long[] { 5, 2, 3 }, new long[] { 6, 3, 4 })]
    public void Other_shapes_are_refused_instead_of_ending_the_process(long[] left, long[] right)
    {
        using var scope = NewDisposeScope();

        var refusal = Assert.Throws<ArgumentException>(() => Products.MatMul(ones(left), ones(right)));

        Assert.Contains($"[{string.Join(", ", left)}] Float32 on cpu", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_types_are_refused_but_mixed_ones_pass_under_autocast()
    {
        using var scope = NewDisposeScope();
        var (single, half) = (ones(5, 2, 2), ones(5, 2, 2, ScalarType.BFloat16));

        Assert.Throws<ArgumentException>(() => Products.MatMul(single, half));
        Assert.Throws<ArgumentException>(() => Products.MatMul(ones(2, 2, ScalarType.Int64), ones(2, 2, ScalarType.Int64)));
        using var cast = Autocast.Enter(TorchSharp.DeviceType.CPU, ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, Products.MatMul(single, half).dtype);
    }

    [Theory]
    [InlineData(new long[] { 3 })]
    [InlineData(new long[] { 5, 3 })]
    [InlineData(new long[] { 2, 5, 3 })]
    [InlineData(new long[] { 2, 5, 7, 3 })]
    public void A_layer_over_the_last_dimension_is_the_product_plus_the_bias(long[] shape)
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (randn(shape), randn(4, 3), randn(4));

        var result = Products.Linear(input, weight, bias);

        Assert.Equal([.. shape[..^1], 4], result.shape);
        Assert.True(result.allclose(Products.MatMul(input, weight.t()).Plus(bias), 1e-5, 1e-6));
    }
}
