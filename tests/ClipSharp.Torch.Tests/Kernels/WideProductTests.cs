using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

public sealed class WideProductTests
{
    [Theory]
    [InlineData(1023, false)]
    [InlineData(1024, true)] // two million multiply-adds
    public void Only_large_products_of_float32_are_worth_the_call(long width, bool isLarge)
    {
        Assert.SkipUnless(NativeFunction.LinearPointwise.IsAvailable, "This libtorch has no such product.");
        using var scope = NewDisposeScope();
        var (input, weight) = (zeros(2048, width), zeros(1, width));

        Assert.Equal(isLarge, WideProduct.Fits(input, weight));
        Assert.False(WideProduct.Fits(input.to(ScalarType.BFloat16), weight.to(ScalarType.BFloat16)));
        using var mixed = Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16);
        Assert.False(WideProduct.Fits(input, weight)); // libtorch multiplies in 16 bits
    }

    [Fact]
    public void Numbers_may_lie_in_memory_as_they_will()
    {
        using var scope = NewDisposeScope();
        var input = randn(35, 80).narrow(1, 3, 40).requires_grad_();
        var (weight, factors) = (randn(40, 24).t().requires_grad_(), randn(24, 35).t());

        (WideProduct.Apply(input, weight, null) * factors).sum().backward(); // a gradient whose columns lie together

        Assert.True(input.grad!.allclose(factors.mm(weight), 1e-5, 1e-5));
        Assert.True(weight.grad!.allclose(factors.t().mm(input), 1e-5, 1e-5));
    }

    [Fact]
    public void A_large_product_is_the_plain_one_whatever_its_shape()
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (randn(32, 50, 64), randn(40, 64), randn(40));

        var result = Products.Linear(input, weight, bias);

        var want = nn.functional.linear(input.to(float64), weight.to(float64), bias.to(float64));
        Assert.Equal([32, 50, 40], result.shape);
        Assert.True(result.to(float64).allclose(want, 1e-5, 1e-5));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public void Gradients_are_those_of_the_plain_product(bool rowsLearn, bool weightLearns, bool hasBias)
    {
        using var scope = NewDisposeScope();
        var (input, weight, bias) = (randn(35, 40), randn(24, 40), hasBias ? randn(24) : null);
        var factors = randn(35, 24);

        var own = Gradients(input, weight, bias, WideProduct.Apply);
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

        WideProduct.Apply(input, weight, null).sum().backward(); // its gradient has one number in memory

        Assert.True(weight.grad!.allclose(input.sum(0L).expand(8, -1), 1e-5, 1e-5));
    }
}
