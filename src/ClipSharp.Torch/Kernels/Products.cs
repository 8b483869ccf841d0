using ClipSharp.Torch.Towers.Updates;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Matrix products in the form that libtorch computes fastest.</summary>
internal static class Products
{
    /// <summary>x · Wᵀ + b over the last dimension, as one product of two matrices: libtorch adds the bias inside it. For three
    /// dimensions it would add it in a pass of its own, in 16 bits over copies, which takes as long again as the
    /// product.</summary>
    /// <param name="input">[..., K].</param>
    /// <param name="weight">[M, K].</param>
    /// <param name="bias">[M]; null = 0.</param>
    /// <returns>[..., M].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var shape = input.shape;
        var rows = input.reshape(-1, shape[^1]);
        var products = WideProduct.Fits(rows, weight)
            ? WideProduct.Apply(rows, weight, bias)
            : nn.functional.linear(rows, weight, bias);
        shape[^1] = weight.shape[0];
        return products.view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>The same with what is learnt beside the matrix, where anything is.</summary>
    /// <param name="input">[..., K].</param>
    /// <param name="weight">[M, K].</param>
    /// <param name="bias">[M].</param>
    /// <param name="update">Of the weight; null = none.</param>
    /// <returns>[..., M].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor bias, LowRank? update)
    {
        if (update is null)
        {
            return Linear(input, weight, bias);
        }

        using var scope = NewDisposeScope();
        return Linear(input, weight, bias).Plus(update.forward(input)).MoveToOuterDisposeScope();
    }
}
