using System.Numerics.Tensors;
using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization;

/// <summary>A step's numbers of AdamW.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="Beta1">Decay of the first statistic.</param>
/// <param name="Beta2">Decay of the second statistic.</param>
/// <param name="Decay">Weight decay.</param>
/// <param name="Epsilon">Added to the bias-corrected root.</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="GradientFactor">By what the gradient is multiplied once it is float32.</param>
internal readonly record struct AdamWRates(double Rate, double Beta1, double Beta2, double Decay, double Epsilon, double Step,
    double GradientFactor = 1)
{
    /// <summary>Updates parameters and statistics in place, all float32 [N] on one device.</summary>
    public void Apply(Tensor parameter, Tensor gradient, Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        using var keptOfFirst = Beta1.ToScalar();
        using var newOfFirst = (1 - Beta1).ToScalar();
        using var keptOfSecond = Beta2.ToScalar();
        using var newOfSecond = (1 - Beta2).ToScalar();
        using var correction = (1 / Math.Sqrt(1 - Math.Pow(Beta2, Step))).ToScalar();
        using var kept = (1 - (Rate * Decay)).ToScalar();
        using var rate = (-Rate / (1 - Math.Pow(Beta1, Step))).ToScalar();
        first.mul_(keptOfFirst).AddInPlace(gradient.mul(newOfFirst));
        second.mul_(keptOfSecond).AddInPlace(gradient.mul(gradient).mul_(newOfSecond));
        var root = second.sqrt().mul_(correction).AddInPlace(tensor((float)Epsilon));
        parameter.mul_(kept).AddInPlace(first.div(root).mul_(rate));
    }

    /// <summary>Updates parameters and statistics in place; the gradient is overwritten.</summary>
    public void Apply(Span<float> parameter, Span<float> gradient, Span<float> first, Span<float> second)
    {
        var (beta1, beta2) = ((float)Beta1, (float)Beta2);
        TensorPrimitives.Multiply(first, beta1, first);
        TensorPrimitives.MultiplyAdd(gradient, (float)(1 - Beta1), first, first);           // m = b1 m + (1 - b1) g
        TensorPrimitives.Multiply(gradient, gradient, gradient);
        TensorPrimitives.Multiply(second, beta2, second);
        TensorPrimitives.MultiplyAdd(gradient, (float)(1 - Beta2), second, second);         // v = b2 v + (1 - b2) g²
        TensorPrimitives.Sqrt(second, gradient);
        TensorPrimitives.Multiply(gradient, (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Step))), gradient);
        TensorPrimitives.Add(gradient, (float)Epsilon, gradient);
        // m / (sqrt(v) + eps), corrected below
        TensorPrimitives.Divide(first, gradient, gradient);
        TensorPrimitives.Multiply(parameter, (float)(1 - (Rate * Decay)), parameter);
        TensorPrimitives.MultiplyAdd(gradient, (float)(-Rate / (1 - Math.Pow(Beta1, Step))), parameter, parameter);
    }
}
