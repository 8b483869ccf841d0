using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A 3 × 3 convolution of padding 1 and the rectifier behind it, in one pass by oneDNN
/// (<c>mkldnn::_convolution_pointwise</c>), on a processor. No gradient.</summary>
internal sealed unsafe class PackedConvolution : IDisposable
{
    private readonly Tensor _weight; // [M, C, 3, 3]
    private readonly Tensor _bias;   // [M]
    private readonly long _stride;

    /// <param name="weight">[M, C, 3, 3], any type; not kept.</param>
    /// <param name="bias">[M], any type; not kept.</param>
    /// <param name="stride">In both directions.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedConvolution(Tensor weight, Tensor bias, long stride, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        (_stride, Type) = (stride, type);
        // Channels innermost, as the grids have them.
        var inner = weight.detach().to(type).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        _weight = inner.DetachFromDisposeScope();
        _bias = bias.detach().to(type, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Of input and output.</summary>
    public ScalarType Type { get; }

    /// <param name="grid">[B, C, H, W] of <see cref="Type"/>, channels innermost in memory.</param>
    /// <returns>[B, M, H / stride, W / stride], likewise.</returns>
    public Tensor Apply(Tensor grid) => IsAvailable(Type)
        ? InOnePass(grid)
        : nn.functional.conv2d(grid, _weight, _bias, [_stride, _stride], [1, 1]).relu_();

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    private static bool IsAvailable(ScalarType type) =>
        NativeFunction.ConvolutionPointwise.IsAvailable && (type == ScalarType.Float32 || Precision.HasBfloat16);

    private Tensor InOnePass(Tensor grid)
    {
        nint added = _bias.Handle, product = 0;
        var convolve = (delegate* unmanaged[Cdecl]<nint, nint, nint*, long*, long, long*, long, long*, long, long,
            byte*, double**, long, byte**, nint*, int>)NativeFunction.ConvolutionPointwise.Address;
        var ones = stackalloc long[2] { 1, 1 };
        var strides = stackalloc long[2] { _stride, _stride };
        fixed (byte* rectifier = "relu\0"u8)
        {
            var failed = convolve(grid.Handle, _weight.Handle, &added, ones, 2, strides, 2, ones, 2, 1,
                rectifier, null, 0, null, &product);
            return failed == 0
                ? Tensor.UnsafeCreateTensor(product)
                : throw new InvalidOperationException("libtorch's convolution by oneDNN failed.");
        }
    }
}
