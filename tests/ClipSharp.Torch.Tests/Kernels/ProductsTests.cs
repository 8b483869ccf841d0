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

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public void Gradients_are_those_of_the_plain_product(bool rowsLearn, bool weightLearns, bool hasBias)
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (randn(7, 5, 40), randn(24, 40), hasBias ? randn(24) : null);
        var factors = randn(7, 5, 24);

        var own = Gradients(input, weight, bias, (x, w, b) => Products.Linear(x, w, b));
        var plain = Gradients(input.to(float64), weight.to(float64), bias?.to(float64), nn.functional.linear);

        foreach (var (want, found) in plain.Zip(own))
        {
            Assert.Equal(want is null, found is null);
            Assert.True(want is null || found!.to(float64).allclose(want, 1e-5, 1e-5));
        }

        Tensor?[] Gradients(Tensor x, Tensor w, Tensor? b, Func<Tensor, Tensor, Tensor?, Tensor> product)
        {
            (x, w) = (x.clone().requires_grad_(rowsLearn), w.clone().requires_grad_(weightLearns));
            b = b?.clone().requires_grad_();
            (product(x, w, b) * factors.to(x.dtype)).sum().backward();
            return [x.grad, w.grad, b?.grad];
        }
    }

    [Fact]
    public void A_gradient_that_is_one_number_for_all_is_spread()
    {
        using var scope = NewDisposeScope();
        var (input, weight) = (randn(9, 16), randn(8, 16).requires_grad_());

        Products.Linear(input, weight, null).sum().backward(); // its gradient has one number in memory

        Assert.True(weight.grad!.allclose(input.sum(0L).expand(8, -1), 1e-5, 1e-5));
    }
}
