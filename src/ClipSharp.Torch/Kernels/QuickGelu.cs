using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>QuickGELU, x · σ(1.702 x): the activation of OpenAI's CLIP models (<c>QuickGELU</c> in openai/CLIP, model.py;
/// Hendrycks and Gimpel 2016, section 2). Only one tensor of its size is kept for the gradient. On a processor with
/// vectors of 256 bits forward and backward are one pass each over memory, with libtorch's threads; on another processor they are
/// libtorch's operations, which round bfloat16 after each. On a device the gradient too is libtorch's own, which goes back on a
/// thread of its own.</summary>
public static class QuickGelu
{
    /// <summary>The factor of the logistic function's argument.</summary>
    internal const float Factor = 1.702f;

    /// <param name="x">Any shape, of a floating type.</param>
    /// <returns>A tensor of its shape and type.</returns>
    public static Tensor Apply(Tensor x)
    {
        if (x.device_type != DeviceType.CPU)
        {
            return OnDevice(x);
        }

        if (!is_grad_enabled() || !x.requires_grad)
        {
            return Forward(x);
        }

        return WithGradient.Of(x);
    }

    /// <summary>u · σ(u) / 1.702 with u = 1.702 x: operations of libtorch with gradients of libtorch.</summary>
    internal static Tensor OnDevice(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var factor = Factor.ToScalar();
        return nn.functional.silu(x.mul(factor)).div(factor).MoveToOuterDisposeScope();
    }

    /// <summary>By libtorch's operations, for any type and device.</summary>
    internal static Tensor ForwardByOperations(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var factor = Factor.ToScalar();
        return x.mul(factor).sigmoid_().mul_(x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="ForwardByOperations"/>
    /// <remarks>d/dx x·s = s + x·s' = s · (1 + u·(1 − s)), with u = 1.702 x and s = σ(u).</remarks>
    internal static Tensor BackwardByOperations(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var factor = Factor.ToScalar();
        using var minus = (-1.0).ToScalar();
        var u = x.mul(factor);
        var s = u.sigmoid();
        var slope = u.addcmul(u, s, minus).add_(Numbers.One, Numbers.One).mul_(s);
        return slope.mul_(gradient).MoveToOuterDisposeScope();
    }

    private static Tensor Forward(Tensor x)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var result = QuickGeluKernel.Fits(x) ? QuickGeluKernel.Forward(x.contiguous()) : ForwardByOperations(x);
        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Backward(Tensor x, Tensor gradient)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var isFit = QuickGeluKernel.Fits(x) && QuickGeluKernel.Fits(gradient) && x.dtype == gradient.dtype;
        var result = isFit ? QuickGeluKernel.Backward(x.contiguous(), gradient.contiguous()) : BackwardByOperations(x, gradient);
        return result.MoveToOuterDisposeScope();
    }

#pragma warning disable CA1812 // TorchSharp makes the one instance.
    private sealed class WithGradient : GradientFunction<WithGradient>
#pragma warning restore CA1812
    {
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return Forward(x);
        }

        protected override IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient) =>
            [Backward(ctx.get_saved_variables()[0], gradient)];
    }
}
