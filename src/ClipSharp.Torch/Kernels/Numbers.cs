using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Operations whose hidden numbers cannot be collected during the call: TorchSharp's own <c>a + b</c> makes a number 1
/// that nothing refers to while libtorch reads it (docs/decisions/0007).</summary>
internal static class Numbers
{
    /// <summary>1, for ever; whole, so that it fits integers too.</summary>
    public static Scalar One { get; } = 1.ToScalar();

    /// <summary>0, 1, ..., count - 1.</summary>
    public static Tensor Counted(long count, ScalarType type, Device device)
    {
        using var first = 0.ToScalar();
        using var end = count.ToScalar();
        return arange(first, end, One, type, device);
    }

    /// <summary>The number of a tensor that has one.</summary>
    public static double Number(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var number = tensor.ToScalar();
        return number.ToDouble();
    }

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
