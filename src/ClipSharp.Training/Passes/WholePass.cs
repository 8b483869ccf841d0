using ClipSharp.Torch;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>The plain way: the whole graph is kept from forward to backward.</summary>
/// <param name="precision">The format in which the tower computes.</param>
/// <param name="done">Told of each part whose gradients are complete, or null.</param>
internal sealed class WholePass(Precision precision, Action<int>? done = null) : ITowerPass
{
    private Tensor? _features;

    public Tensor Forward(TowerBatch batch, CancellationToken cancel)
    {
        using var format = precision.Enter(batch.Input.device_type);
        using var scope = NewDisposeScope();
        _features = Tapped(batch.Chain).Run(batch.Input).MoveToOuterDisposeScope();
        return _features.detach().MoveToOuterDisposeScope();
    }

    public void Backward(Tensor gradient, CancellationToken cancel)
    {
        using var features = _features ?? throw new InvalidOperationException("Backward before forward.");
        _features = null;
        using var scope = NewDisposeScope(); // QuickGelu's gradients are wrapped, and stay until a scope ends
        autograd.backward([features], [gradient]);
    }

    // The first part needs no tap: when the way back is over, its gradients are complete.
    private IReadOnlyList<Func<Tensor, Tensor>> Tapped(IReadOnlyList<Func<Tensor, Tensor>> chain) => done is null ? chain
        : [chain[0], .. chain.Skip(1).Select((part, number) => (Func<Tensor, Tensor>)(state =>
        {
            using var tapped = BackwardTap.Put(state, () => done(number + 1));
            return part(tapped);
        }))];
}
