using ClipSharp.Torch.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

public sealed class SmallGridConvolutionTests
{
    // Neither square nor of a round size: rows, columns and channels cannot be taken for each other.
    private static Tensor Grid(int width = 5, ScalarType type = ScalarType.Float32) =>
        randn(3, width + 1, width, 7).permute(0, 3, 1, 2).to(type);

    [Fact]
    public void A_pointwise_convolution_is_libtorchs_forward_and_back()
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(7, 11, 1, bias: false);

        var own = Run(SmallGridConvolution.Pointwise, convolution, Grid());

        AssertClose(Reference(convolution, own.Input), own, 1e-5);
        Assert.True(own.Output.permute(0, 2, 3, 1).is_contiguous());
    }

    // libtorch rounds the input's gradient once where the processor multiplies bfloat16, else once for each of the nine cells of
    // the kernel; that is its business, and ours that forward and that gradient are its own.
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(16)]
    public void Only_the_weights_gradient_goes_another_way_and_only_on_a_small_grid(int width)
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(7, 11, 3, padding: 1, bias: false, dtype: ScalarType.BFloat16);

        var own = Run(SmallGridConvolution.ThreeByThree, convolution, Grid(width, ScalarType.BFloat16));
        var plain = Run((layer, grid) => layer.forward(grid), convolution, own.Input.detach());

        Assert.True(own.Output.Equals(plain.Output));
        Assert.True(own.InputGradient.Equals(plain.InputGradient));
        if (width >= SmallGridConvolution.LeastWidth)
        {
            Assert.True(own.WeightGradient.Equals(plain.WeightGradient));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(15)]
    public void The_weights_gradient_in_bfloat16_is_that_of_wide_numbers_rounded_once(int width)
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(7, 11, 3, padding: 1, bias: false, dtype: ScalarType.BFloat16);

        var own = Run(SmallGridConvolution.ThreeByThree, convolution, Grid(width, ScalarType.BFloat16));

        AssertRoundedOnce(Reference(convolution, own.Input).WeightGradient, own.WeightGradient);
    }

    [Fact]
    public void Memory_in_another_order_gives_the_same()
    {
        using var scope = NewDisposeScope();
        using var pointwise = nn.Conv2d(7, 11, 1, bias: false);
        using var wide = nn.Conv2d(7, 11, 3, padding: 1, bias: false, dtype: ScalarType.BFloat16);
        var straight = Grid().contiguous();

        AssertClose(Reference(pointwise, straight), Run(SmallGridConvolution.Pointwise, pointwise, straight), 1e-5);
        var narrow = Run(SmallGridConvolution.ThreeByThree, wide, straight.to(ScalarType.BFloat16));
        AssertRoundedOnce(Reference(wide, narrow.Input).WeightGradient, narrow.WeightGradient);
    }

    [Fact]
    public void Under_autocast_the_weights_gradient_has_the_weights_type()
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(7, 11, 3, padding: 1, bias: false);
        var grid = Grid(type: ScalarType.BFloat16).requires_grad_();

        using (Precision.Parse("bf16").Enter(DeviceType.CPU))
        {
            SmallGridConvolution.ThreeByThree(convolution, grid).sum().backward();
        }

        Assert.Equal(ScalarType.Float32, convolution.weight.grad!.dtype);
        Assert.Equal(ScalarType.BFloat16, grid.grad!.dtype);
    }

    [Fact]
    public void A_pass_forward_and_back_leaves_no_tensor()
    {
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(7, 11, 3, padding: 1, bias: false, dtype: ScalarType.BFloat16);
        var grid = Grid(type: ScalarType.BFloat16).requires_grad_();
        Pass(); // makes the gradients of leaves
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (var i = 0; i < 3; i++)
        {
            Pass();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Pass()
        {
            using var inner = NewDisposeScope();
            SmallGridConvolution.ThreeByThree(convolution, grid).sum().backward();
        }
    }

    private static Passed Run(Func<Conv2d, Tensor, Tensor> way, Conv2d convolution, Tensor grid)
    {
        convolution.zero_grad();
        var input = grid.detach().requires_grad_();
        var output = way(convolution, input);
        output.backward([Slope(output)]);
        return new Passed(input, output.detach(), input.grad!.clone(), convolution.weight.grad!.clone());
    }

    private static Passed Reference(Conv2d convolution, Tensor grid)
    {
        var input = grid.detach().to(ScalarType.Float64).requires_grad_();
        var weight = convolution.weight.detach().to(ScalarType.Float64).requires_grad_();
        var output = nn.functional.conv2d(input, weight, padding: [weight.shape[2] / 2, weight.shape[2] / 2]);
        output.backward([Slope(output)]);
        return new Passed(input, output.detach(), input.grad!, weight.grad!);
    }

    // Exact in 8 bits.
    private static Tensor Slope(Tensor output) =>
        (arange(output.numel()).remainder(5) - 2).reshape(output.shape).to(output.dtype);

    private static void AssertClose(Passed want, Passed own, double tolerance)
    {
        foreach (var (expected, found) in (IEnumerable<(Tensor, Tensor)>)
            [(want.Output, own.Output), (want.InputGradient, own.InputGradient), (want.WeightGradient, own.WeightGradient)])
        {
            Assert.Equal(expected.shape, found.shape);
            var error = (found.to(ScalarType.Float64)
                - expected).abs().max().item<double>() / expected.abs().max().item<double>();
            Assert.InRange(error, 0, tolerance);
        }
    }

    // Half a step of 8 bits is at most 2^-8 of the number. A float32 sum of 720 products is off by about √720 · 2^-24, 2e-6 of
    // the largest.
    private static void AssertRoundedOnce(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        var most = (expected.abs() / 256) + (expected.abs().max() * 1e-5);
        Assert.True((found.to(ScalarType.Float64) - expected).abs().le(most).all().item<bool>());
    }

    private sealed record Passed(Tensor Input, Tensor Output, Tensor InputGradient, Tensor WeightGradient);
}
