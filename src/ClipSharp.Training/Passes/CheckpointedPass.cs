using ClipSharp.Torch;
using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>Gradient checkpointing (Chen et al. 2016; paper 2.5): only what enters each part of the tower is kept; backward
/// computes a part again, takes its gradients and goes on to the part before. One part's graph in memory at a time, for one more
/// forward pass.</summary>
/// <param name="precision">The format in which the tower computes.</param>
/// <param name="done">Told of each part whose gradients are complete, or null.</param>
internal sealed class CheckpointedPass(Precision precision, Action<int>? done = null) : ITowerPass
{
    private TowerBatch? _batch;
    private List<Tensor> _inputs = [];

    public Tensor Forward(TowerBatch batch, CancellationToken cancel)
    {
        using var none = no_grad();
        using var format = precision.Enter(batch.Input.device_type);
        _batch = batch;
        _inputs = [];
        var state = batch.Input;
        foreach (var part in batch.Chain)
        {
            _inputs.Add(state);
            state = part(state);
        }

        return state;
    }

    public void Backward(Tensor gradient, CancellationToken cancel)
    {
        var batch = _batch ?? throw new InvalidOperationException("Backward before forward.");
        _batch = null;
        using var statistics = batch.KeepStatistics();
        using var whole = NewDisposeScope();
        var chain = batch.Chain;
        var above = gradient.alias();
        for (var part = chain.Count - 1; part >= 0; part--)
        {
            using var scope = NewDisposeScope();
            using var kept = part > 0 ? _inputs[part] : null;
            var input = part > 0 ? _inputs[part].detach().requires_grad_() : _inputs[0];
            var output = Again(chain[part], input);
            if (output.requires_grad)
            {
                autograd.backward([output], [above]);
            }

            if (part > 0)
            {
                above.Dispose();
                above = input.grad!.MoveToOuterDisposeScope();
            }

            done?.Invoke(part);
        }
    }

    // A format of its own each time: autocast remembers converted weights, and those of the forward pass have no gradient.
    private Tensor Again(Func<Tensor, Tensor> part, Tensor input)
    {
        using var format = precision.Enter(input.device_type);
        return part(input);
    }
}
