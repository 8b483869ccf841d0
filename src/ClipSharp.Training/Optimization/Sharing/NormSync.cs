using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>Batch norm over the rows of all processes (<c>--use-bn-sync</c>, PyTorch's SyncBatchNorm): its sums go over all of
/// them, there and back.</summary>
internal static class NormSync
{
    /// <summary>Makes a model's norms sum over all processes.</summary>
    public static void Enter(ClipModel model, ICollective ranks)
    {
        foreach (var norm in model.Image.modules().OfType<BatchNorm>())
        {
            norm.SumOverProcesses = (value => Sum.Of(value, ranks), ranks.WorldSize);
        }
    }

#pragma warning disable CA1812 // TorchSharp makes the one instance.
    private sealed class Sum : GradientFunction<Sum>
#pragma warning restore CA1812
    {
        private const string Ranks = "ranks";

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data(Ranks, vars[1]);
            return ((ICollective)vars[1]).Summed(((Tensor)vars[0]).detach().clone());
        }

        // Each process' part of the loss hangs on every process' sum.
        protected override IEnumerable<Tensor?> Gradients(autograd.AutogradContext ctx, Tensor gradient) =>
            [((ICollective)ctx.get_data(Ranks)).Summed(gradient.contiguous().clone()), null];
    }
}
