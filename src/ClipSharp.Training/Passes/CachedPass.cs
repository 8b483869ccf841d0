using ClipSharp.Torch;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>Gradient caching (Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup"): the
/// features of the whole batch are made without a graph, micro-batch by micro-batch; then each micro-batch runs again with a
/// graph and takes its rows of the gradient. Memory is a micro-batch's, whatever the batch. Gradients are those of the whole
/// batch, except where batch norm makes rows depend on each other: its statistics are a micro-batch's.</summary>
/// <param name="rows">Rows of a micro-batch.</param>
/// <param name="precision">The format in which the tower computes.</param>
/// <param name="pass">How a micro-batch goes back; null where the tower is not trained.</param>
/// <param name="last">How the last one does, where somebody waits for its gradients; null = as the others.</param>
internal sealed class CachedPass(long rows, Precision precision, ITowerPass? pass, ITowerPass? last = null) : ITowerPass
{
    private TowerBatch? _batch;

    public Tensor Forward(TowerBatch batch, CancellationToken cancel)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var format = precision.Enter(batch.Input.device_type);
        _batch = batch;
        Tensor? features = null; // [N, E]
        foreach (var (start, count) in MicroBatches(batch.Count))
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var slice = batch.Slice(start, count);
            var some = slice.Chain.Run(slice.Input);                                               // [n, E]

            // Nothing of a micro-batch stays but its rows here: a small tensor of its own, between the large ones that were
            // freed, would keep malloc from using their place again, and the heap would grow with every micro-batch.
            features ??= empty(batch.Count, some.shape[1], some.dtype, some.device).MoveToOuterDisposeScope();
            features.narrow(0, start, count).copy_(some);
        }

        return features!.MoveToOuterDisposeScope();
    }

    public void Backward(Tensor gradient, CancellationToken cancel)
    {
        var batch = _batch ?? throw new InvalidOperationException("Backward before forward.");
        _batch = null;
        if (pass is null)
        {
            return;
        }

        using var statistics = batch.KeepStatistics();
        foreach (var (start, count) in MicroBatches(batch.Count))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var way = start + count < batch.Count ? pass : last ?? pass;
            way.Forward(batch.Slice(start, count), cancel);
            way.Backward(gradient.narrow(0, start, count), cancel);
        }
    }

    private IEnumerable<(long Start, long Count)> MicroBatches(long count)
    {
        for (long start = 0; start < count; start += rows)
        {
            yield return (start, Math.Min(rows, count - start));
        }
    }
}
