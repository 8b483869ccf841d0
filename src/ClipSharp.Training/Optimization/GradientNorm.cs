using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>The joint Euclidean norm of all gradients, and clipping to it (<c>clip_grad_norm_</c> in PyTorch).</summary>
internal static class GradientNorm
{
    /// <summary>Takes the loss scale out of the float32 gradients and clips them. Those of 16 bits stay: what a scale has lifted
    /// into their range would be lost again, so whoever reads them multiplies wide.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="most">The largest norm to let pass; null = no clipping.</param>
    /// <param name="scale">By what the loss was multiplied.</param>
    /// <param name="total">Sums squares over the processes that have other gradients; null = there are none.</param>
    /// <returns>The norm before clipping, NaN or infinity where a gradient is, and then nothing is changed; and the factor for
    /// gradients of 16 bits.</returns>
    public static (double Norm, double Factor) Clip(IReadOnlyList<Tensor> gradients, double? most, double scale = 1,
        Func<double, double>? total = null)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var own = gradients.Count == 0 ? 0 : stack([.. gradients.Select(Norm)]).norm().Number();
        var norm = (total is null ? own : Math.Sqrt(total(own * own))) / scale;
        var factor = (most is { } limit && norm > limit ? limit / norm : 1) / scale;
        if (factor != 1 && double.IsFinite(norm))
        {
            using var held = factor.ToScalar();
            foreach (var gradient in gradients.Where(g => g.dtype == ScalarType.Float32))
            {
                gradient.mul_(held);
            }
        }

        return (norm, factor);
    }

    // In a scope of its own: the float32 copy of 16 bits goes before the next one is made.
    private static Tensor Norm(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.to(float32).norm().MoveToOuterDisposeScope();
    }
}
