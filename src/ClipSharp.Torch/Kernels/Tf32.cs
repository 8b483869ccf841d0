using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Whether float32 products and convolutions on CUDA devices may round what they multiply to 10 bits (TF32): several
/// times as fast, and no longer float32's numbers. libtorch has one such switch a process; what held before holds again when the
/// scope ends. The processor is not concerned.</summary>
internal sealed class Tf32 : IDisposable
{
    private readonly (bool Products, bool Convolutions) _before;

    private Tf32((bool Products, bool Convolutions) before) => _before = before;

    /// <summary>Allows or forbids it until disposed.</summary>
    public static Tf32 Enter(bool isAllowed)
    {
        var before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        Set((isAllowed, isAllowed));
        return new Tf32(before);
    }

    /// <inheritdoc/>
    public void Dispose() => Set(_before);

    private static void Set((bool Products, bool Convolutions) allowed) =>
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = allowed;
}
