using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm = ClipSharp.Torch.Towers.BatchNorm;

namespace ClipSharp.Torch.Inference;

/// <summary>A <see cref="Bottleneck"/> that only infers: batch normalisation is part of the convolutions, and those of 1 × 1 are
/// products of packed weights.</summary>
internal sealed class PackedBottleneck : IDisposable
{
    private readonly long _stride;
    private readonly PackedLinear _reduce;
    private readonly PackedConvolution _middle;
    private readonly PackedLinear _expand;
    private readonly PackedLinear? _shortcut;

    /// <param name="block">Its weights are copied.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedBottleneck(Bottleneck block, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        _stride = block.Stride;
        _reduce = Pointwise(block.Reduce, FusedActivation.Rectifier);
        var (weight, bias) = block.Middle.Norm.FoldedInto(block.Middle.Convolution);
        _middle = new PackedConvolution(weight, bias, 1, type);
        _expand = Pointwise(block.Expand);
        _shortcut = block.Shortcut is { } pair ? Pointwise(pair) : null;

        PackedLinear Pointwise((Conv2d Convolution, BatchNorm Norm) pair, FusedActivation? activation = null)
        {
            var (folded, shift) = pair.Norm.FoldedInto(pair.Convolution);
            return new PackedLinear(folded.flatten(1), shift, type, activation);
        }
    }

    /// <param name="grid">[B, C, H, W], channels innermost in memory.</param>
    /// <returns>[B, 4 · planes, H / stride, W / stride], likewise.</returns>
    public Tensor Run(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var state = _middle.Apply(OverCells(_reduce, grid));
        state = OverCells(_expand, Shrink(state));
        var shortcut = _shortcut is null ? grid : OverCells(_shortcut, Shrink(grid));
        return state.AddInPlace(shortcut).relu_().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reduce.Dispose();
        _middle.Dispose();
        _expand.Dispose();
        _shortcut?.Dispose();
    }

    private Tensor Shrink(Tensor grid) => _stride > 1 ? nn.functional.avg_pool2d(grid, _stride) : grid;

    private static Tensor OverCells(PackedLinear product, Tensor grid) =>
        product.Apply(grid.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
}
