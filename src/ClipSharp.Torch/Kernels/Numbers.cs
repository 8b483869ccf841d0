using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Sums whose hidden factor cannot be collected during the call: TorchSharp's own <c>a + b</c> makes a number 1 that
/// nothing refers to while libtorch reads it (docs/decisions/0007).</summary>
internal static class Numbers
{
    /// <summary>1, for ever; whole, so that it fits integers too.</summary>
    public static Scalar One { get; } = 1.ToScalar();

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add(right, One);
    }

    /// <summary>Adds <paramref name="right"/> to <paramref name="left"/>, which is returned.</summary>
    public static Tensor AddInPlace(this Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.add_(right, One);
    }
}
