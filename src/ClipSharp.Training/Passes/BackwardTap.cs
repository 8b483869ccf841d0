using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>Tells when the way back goes through a tensor: all that came after it in the forward pass has its gradients then.
/// TorchSharp has no hooks on tensors; this is an identity with a gradient of its own.</summary>
internal static class BackwardTap
{
    /// <param name="state">Any tensor.</param>
    /// <param name="passed">Called on the way back. An exception would end the process there, so that it must not throw.</param>
    /// <returns>The same numbers.</returns>
    public static Tensor Put(Tensor state, Action passed) => Identity.Of(state, passed);

#pragma warning disable CA1812 // TorchSharp makes the one instance.
    private sealed class Identity : GradientFunction<Identity>
#pragma warning restore CA1812
    {
        private const string Passed = "passed";

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data(Passed, vars[1]);
            return ((Tensor)vars[0]).alias();
        }

        protected override IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient)
        {
            ((Action)ctx.get_data(Passed))();
            return [gradient, null]; // one for each input
        }
    }
}
