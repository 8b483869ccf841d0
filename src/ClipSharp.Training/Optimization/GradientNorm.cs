using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>The joint Euclidean norm of all gradients, and clipping to it (<c>clip_grad_norm_</c> in PyTorch).</summary>
internal static class GradientNorm
{
    /// <param name="gradients">The gradients.</param>
    /// <param name="most">The largest norm to let pass; null = no clipping.</param>
    /// <returns>The norm before clipping; NaN or infinity where a gradient is.</returns>
    public static double Clip(IReadOnlyList<Tensor> gradients, double? most)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var norms = stack([.. gradients.Select(g => g.norm())]);
        var norm = norms.norm().ToDouble();
        if (most is { } limit && norm > limit)
        {
            using var factor = (limit / norm).ToScalar();
            foreach (var gradient in gradients)
            {
                gradient.mul_(factor);
            }
        }

        return norm;
    }
}
