using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Convolutions of a ResNet's blocks, by matrix products where libtorch's convolution is slow: on a CPU it makes a
/// weight's gradient row by row of the grid, and the processor multiplies bfloat16 in tiles of 32. A grid of two cells a row
/// takes 16 to 28 times as long as one product over all cells.</summary>
internal static class SmallGridConvolution
{
    /// <summary>The least width at which libtorch's weight gradient is as fast.</summary>
    public const int LeastWidth = 16;

    /// <summary>A 1 × 1 convolution: one matrix product over cells, forward and back.</summary>
    /// <param name="convolution">Of stride 1, without bias.</param>
    /// <param name="grid">[B, C, H, W], channels innermost in memory (else it is copied).</param>
    /// <returns>[B, C', H, W], channels innermost in memory.</returns>
    public static Tensor Pointwise(Conv2d convolution, Tensor grid)
    {
        using var scope = NewDisposeScope();
        var (shape, weight) = (grid.shape, convolution.weight);
        var products = Products.Linear(Cells(grid), weight.flatten(1), null);                            // [B · H · W, C']
        return products.view(shape[0], shape[2], shape[3], weight.shape[0]).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>A 3 × 3 convolution; on a small grid in bfloat16 on a CPU its weight's gradient is one matrix product.</summary>
    /// <param name="convolution">Of stride 1 and padding 1, without bias.</param>
    /// <param name="grid">[B, C, H, W].</param>
    /// <returns>[B, C', H, W].</returns>
    public static Tensor ThreeByThree(Conv2d convolution, Tensor grid)
    {
        var weight = convolution.weight;
        var isSlow = grid.device_type == DeviceType.CPU && grid.dtype == ScalarType.BFloat16 && grid.shape[3] < LeastWidth;
        if (!isSlow || !weight.requires_grad || !is_grad_enabled())
        {
            return convolution.forward(grid);
        }

        using var scope = NewDisposeScope();
        var output = nn.functional.conv2d(grid, weight.detach(), padding: [1L, 1L]);
        return WithWeightGradient.Of(output, grid.detach(), weight).MoveToOuterDisposeScope();
    }

    // [B, C, H, W] -> [B · H · W, C]
    private static Tensor Cells(Tensor grid) => grid.permute(0, 2, 3, 1).reshape(-1, grid.shape[1]);

    // dW[o, c, i, j] = sum over b, y, x of g[b, o, y, x] · grid[b, c, y + i - 1, x + j - 1]
    private static Tensor WeightGradient(Tensor grid, Tensor gradient)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (shape, outputs) = (grid.shape, gradient.shape[1]);
        var padded = nn.functional.pad(grid.permute(0, 2, 3, 1), [0, 0, 1, 1, 1, 1]).contiguous();       // [B, H + 2, W + 2, C]
        var step = padded.stride();
        var windows = padded.as_strided(
            [shape[0], shape[2], shape[3], 3, 3, shape[1]], [step[0], step[1], step[2], step[1], step[2], step[3]]);
        var product = Cells(gradient).t().mm(windows.reshape(-1, 9 * shape[1]));                         // [C', 9 · C]
        return product.view(outputs, 3, 3, shape[1]).permute(0, 3, 1, 2).MoveToOuterDisposeScope();      // [C', C, 3, 3]
    }

    // Passes the convolution's result and its gradient through, and adds the weight's.
#pragma warning disable CA1812 // TorchSharp makes the one instance.
    private sealed class WithWeightGradient : GradientFunction<WithWeightGradient>
#pragma warning restore CA1812
    {
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[1]]);
            return (Tensor)vars[0];
        }

        protected override IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient) =>
            [gradient, null, WeightGradient(ctx.get_saved_variables()[0], gradient)];
    }
}
