using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Ranks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>Every process has all weights, but Adam's statistics of its share only (ZeRO, Rajbhandari et al. 2020, stage 1): it
/// gets the sum of its share's gradients, updates that share, and hands out its weights. As much is sent as where all sum all
/// gradients. Through a window of some 25 MB.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="parameters">The trained ones.</param>
/// <param name="plan">Whose which numbers are.</param>
/// <param name="windowLength">Numbers of all processes together that are on their way at a time.</param>
internal sealed class ShardedSync(
    ICollective ranks, IReadOnlyList<Parameter> parameters, ShardPlan plan, long windowLength = GradientBuckets.BucketLength)
    : IParameterSync
{
    private readonly long _window = Math.Min(plan.Length, Math.Max(1, windowLength / ranks.WorldSize));

    /// <inheritdoc/>
    public void Done(bool isImage, int part)
    {
        // Shares go across layers: the sums begin when all gradients are there.
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SumGradients()
    {
        using var none = no_grad();
        foreach (var parameter in parameters)
        {
            using var scope = NewDisposeScope();
            parameter.grad = parameter.grad?.contiguous() ?? zeros_like(parameter);
        }

        Windows((start, all, mine) =>
        {
            all.zero_();
            for (var rank = 0; rank < ranks.WorldSize; rank++)
            {
                Copy(rank, start, all.select(0, rank), p => p.grad!, isOut: true);
            }

            ranks.ReduceScatter(all, mine);
            Copy(ranks.Rank, start, mine, p => p.grad!, isOut: false);
        });
        return [.. plan.Of(ranks.Rank).Select(piece =>
            parameters[piece.Parameter].grad!.view(-1).narrow(0, piece.Start, piece.Count))];
    }

    /// <inheritdoc/>
    public double Total(double number)
    {
        using var total = tensor([number]);
        ranks.AllReduce(total, ReduceOp.Sum);
        return total.Number();
    }

    /// <inheritdoc/>
    public void ShareWeights()
    {
        using var none = no_grad();
        Windows((start, all, mine) =>
        {
            Copy(ranks.Rank, start, mine, p => p, isOut: true);
            ranks.AllGather(mine, all);
            for (var rank = 0; rank < ranks.WorldSize; rank++)
            {
                Copy(rank, start, all.select(0, rank), p => p, isOut: false);
            }
        });
    }

    private void Windows(Action<long, Tensor, Tensor> move)
    {
        using var scope = NewDisposeScope();
        var device = parameters[0].device;
        var all = zeros(ranks.WorldSize, _window, dtype: float32, device: device);  // [N, w]
        var mine = zeros(_window, dtype: float32, device: device);                  // [w]
        for (long start = 0; start < plan.Length; start += _window)
        {
            using var inner = NewDisposeScope();
            move(start, all, mine);
        }
    }

    // Between the parts of a process' share that lie in the window, and the window: 16 bits become float32 and the same again.
    private void Copy(int rank, long start, Tensor window, Func<Parameter, Tensor> values, bool isOut)
    {
        foreach (var (part, place) in plan.In(rank, start, _window))
        {
            var there = values(parameters[part.Parameter]).view(-1).narrow(0, part.Start, part.Count);
            var here = window.narrow(0, place, part.Count);
            _ = isOut ? here.copy_(there) : there.copy_(here);
        }
    }
}
