using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Where a tensor's numbers lie, for code that reads and writes them itself. TorchSharp's typed accessors convert 16
/// bits into a copy, and miss the offset of a view.</summary>
internal static unsafe class TensorData
{
    /// <summary>The first number; any format, any device. The tensor must outlive the use.</summary>
    public static byte* Of(Tensor tensor)
    {
        byte* data = null;
        var get = (delegate* unmanaged[Cdecl]<nint, byte**, int>)NativeFunction.DataPointer.Address;
        return get(tensor.Handle, &data) == 0 ? data : throw new InvalidOperationException("libtorch gave no data pointer.");
    }
}
