using static TorchSharp.torch;

namespace ClipSharp.Torch.Native;

/// <summary>Matrix products with their shapes checked first. TorchSharp's own <c>matmul</c> ends the process on shapes that do
/// not fit, since its C++ side lets the exception pass.</summary>
public static class Products
{
    /// <summary>The matrix product a · b, leading dimensions broadcast (<c>torch.matmul</c>).</summary>
    /// <param name="a">[..., N, K] or [K], of a floating type.</param>
    /// <param name="b">[..., K, M] or [K], of the same type and on the same device.</param>
    /// <returns>[..., N, M]; a one-dimensional argument's dimension is missing.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit.</exception>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        if (left.Length == 0 || right.Length == 0 || left[^1] != right[Math.Max(0, right.Length - 2)] || !LeadingFit(left, right))
        {
            throw new ArgumentException($"There is no product of {Describe(a)} and {Describe(b)}: expected [..., N, K] and [..., K, M].");
        }

        // Autocast brings both to its own type.
        var sameType = a.dtype == b.dtype || Autocast.IsEnabled(a.device_type);
        var sameDevice = a.device_type == b.device_type && a.device_index == b.device_index;
        if (!sameType || !sameDevice || !IsFloating(a.dtype) || !IsFloating(b.dtype))
        {
            throw new ArgumentException(
                $"There is no product of {Describe(a)} and {Describe(b)}: expected one floating type on one device.");
        }

        // mm reports failures, such as too little memory, as exceptions.
        if (left.Length == 2 && right.Length == 2)
        {
            return mm(a, b);
        }

#pragma warning disable RS0030 // This is the check that is missing there.
        return matmul(a, b);
#pragma warning restore RS0030
    }

    /// <summary>x · Wᵀ + b over the last dimension, as one product of two matrices: libtorch adds the bias inside it. For three dimensions
    /// it would add it in a pass of its own, in 16 bits over copies, which takes as long again as the product.</summary>
    /// <param name="input">[..., K].</param>
    /// <param name="weight">[M, K].</param>
    /// <param name="bias">[M].</param>
    /// <returns>[..., M].</returns>
    internal static Tensor Linear(Tensor input, Tensor weight, Tensor bias)
    {
        var shape = input.shape;
        if (shape.Length <= 2)
        {
            return nn.functional.linear(input, weight, bias);
        }

        using var scope = NewDisposeScope();
        var rows = nn.functional.linear(input.reshape(-1, shape[^1]), weight, bias);
        shape[^1] = weight.shape[0];
        return rows.view(shape).MoveToOuterDisposeScope();
    }

    private static bool LeadingFit(long[] left, long[] right)
    {
        for (var i = 3; i <= Math.Min(left.Length, right.Length); i++)
        {
            if (left[^i] != right[^i] && left[^i] != 1 && right[^i] != 1)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64;

    private static string Describe(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}] {tensor.dtype} on {tensor.device}";
}
