using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>A function with a gradient of its own. TorchSharp leaves gradients that come and go here to the scope around the
/// whole way back, where they would stay to its end; this lets them go when the next function is reached.</summary>
/// <typeparam name="T">The function itself; TorchSharp makes its one instance.</typeparam>
#pragma warning disable RS0030 // this is the place
internal abstract class GradientFunction<T> : autograd.SingleTensorFunction<T>
    where T : GradientFunction<T>, new()
{
    /// <summary>The function of its arguments, of which those that are tensors get gradients.</summary>
    public static Tensor Of(params object[] arguments)
    {
        using var scope = NewDisposeScope(); // TorchSharp wraps arguments and result once more
        return apply(arguments).MoveToOuterDisposeScope();
    }
#pragma warning restore RS0030

    /// <inheritdoc/>
    public override string Name => typeof(T).FullName!;

    /// <inheritdoc/>
    public sealed override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        GivenGradients.Release();
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        List<Tensor> gradients = [.. Gradients(ctx, grad_output).Select(gradient => gradient?.MoveToOuterDisposeScope()!)];
        GivenGradients.Remember([grad_output, .. gradients]);
        return gradients;
    }

    /// <param name="ctx">What the way forward has saved.</param>
    /// <param name="gradient">By the result.</param>
    /// <returns>By each argument; null where none is asked for.</returns>
    protected abstract IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient);
}
