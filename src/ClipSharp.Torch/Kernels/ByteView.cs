using ClipSharp.Torch.Loading;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>A tensor's memory read as bytes (<c>Tensor.view(torch.uint8)</c>): how bytes beyond 2 GiB, which no array of bytes
/// holds, become a tensor without a copy.</summary>
internal static unsafe class ByteView
{
    /// <param name="words">[N], contiguous.</param>
    /// <returns>uint8, as many as the memory has; it shares and keeps the memory.</returns>
    /// <exception cref="ClipException">This libtorch has no such function.</exception>
    public static Tensor Of(Tensor words)
    {
        if (!NativeFunction.ViewAsType.IsAvailable)
        {
            throw new ClipException(ClipError.Unavailable, "A batch of more than 2 GiB of pixels cannot be had", "libtorch",
                $"no {NativeFunction.ViewAsType.Symbol}", "libtorch 2.10", "Use that version, or a smaller batch.");
        }

        nint bytes = 0;
        var view = (delegate* unmanaged[Cdecl]<nint, int, nint*, int>)NativeFunction.ViewAsType.Address;
        return view(words.Handle, (int)ScalarType.Byte, &bytes) == 0
            ? Tensor.UnsafeCreateTensor(bytes)
            : throw new InvalidOperationException("libtorch gave no view of bytes.");
    }
}
