using ClipSharp.Torch.Inference;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Inference;

public sealed class PackedConvolutionTests
{
    [Theory]
    [InlineData(3, 40, 1)] // counts that fill no block of oneDNN
    [InlineData(24, 5, 2)]
    [InlineData(64, 64, 1)]
    public void It_is_the_plain_convolution_and_its_rectifier(long inputs, long outputs, long stride)
    {
        using var scope = NewDisposeScope();
        var (grid, weight, bias) = (randn(2, inputs, 9, 8), randn(outputs, inputs, 3, 3), randn(outputs));
        using var packed = new PackedConvolution(weight, bias, stride, ScalarType.Float32);
        var inner = grid.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

        var result = packed.Apply(inner);

        var want = nn.functional.conv2d(grid.to(float64), weight.to(float64), bias.to(float64), [stride, stride], [1, 1]).relu();
        Assert.Equal(want.shape, result.shape);
        Assert.InRange((result - want).abs().max().item<double>(), 0, 1e-4);
        Assert.True(result.permute(0, 2, 3, 1).is_contiguous()); // the next one need not copy
    }

    [Fact]
    public void The_weights_given_may_change_afterwards()
    {
        using var scope = NewDisposeScope();
        var (grid, weight, bias) = (randn(1, 4, 5, 5), randn(8, 4, 3, 3), randn(8));
        using var packed = new PackedConvolution(weight, bias, 1, ScalarType.Float32);
        var before = packed.Apply(grid);

        weight.zero_();
        bias.zero_();

        Assert.True(packed.Apply(grid).Equals(before));
    }
}
