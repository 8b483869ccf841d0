using ClipSharp.Torch;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>Running statistics of batch norm: each process takes in its rows; after a step all have the mean over all
/// processes.</summary>
internal static class RunningStatistics
{
    /// <summary>Makes them the same everywhere.</summary>
    public static void Average(ClipModel model, ICollective ranks)
    {
        if (ranks.WorldSize == 1)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var none = no_grad();
        var buffers = model.NamedBuffers().Select(b => b.Buffer).Where(b => b.is_floating_point()).ToList();
        if (buffers.Count == 0)
        {
            return;
        }

        var all = cat([.. buffers.Select(buffer => buffer.view(-1))]);
        using var share = (1.0 / ranks.WorldSize).ToScalar();
        ranks.AllReduce(all, ReduceOp.Sum);
        all.mul_(share);
        long start = 0;
        foreach (var buffer in buffers)
        {
            buffer.view(-1).copy_(all.narrow(0, start, buffer.numel()));
            start += buffer.numel();
        }
    }
}
