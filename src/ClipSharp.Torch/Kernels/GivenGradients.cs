using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>The gradients that a function with a gradient of its own got and gave last. libtorch has its own hold on them when
/// the next function is called.</summary>
internal static class GivenGradients
{
    [ThreadStatic]
    private static IReadOnlyList<Tensor?>? _last;

    public static void Remember(IReadOnlyList<Tensor?> gradients) => _last = gradients;

    public static void Release()
    {
        foreach (var gradient in _last ?? [])
        {
            gradient?.Dispose();
        }

        _last = null;
    }
}
