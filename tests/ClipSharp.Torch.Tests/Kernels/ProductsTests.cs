using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

public sealed class ProductsTests
{
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
        Assert.True(result.allclose((input.unsqueeze(-2) * weight).sum(-1).Plus(bias), 1e-5, 1e-6));
    }
}
