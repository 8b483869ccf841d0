using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training;

/// <summary>An exponential average of the weights, evaluated in place of the last ones (Polyak and Juditsky 1992). Early on the
/// decay is (1 + step) / (10 + step), so that the initial weights are forgotten.</summary>
public sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly List<(string Name, Tensor Live, Tensor Average)> _weights;

    /// <param name="model">The model in training.</param>
    /// <param name="decay">The share of the average that a step keeps.</param>
    public WeightAverage(ClipModel model, double decay)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        _decay = decay;
        _weights = [.. model.NamedParameters().Select(p => (p.Name, (Tensor)p.Parameter))
            .Concat(model.NamedBuffers().Where(b => b.Buffer.is_floating_point()))
            .Select(w => (w.Item1, w.Item2, w.Item2.detach().to(float32, copy: true).DetachFromDisposeScope()))];
    }

    /// <summary>The averages under the names of the weights: the state to save and to restore.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _weights.Select(w => (w.Name, w.Average));

    /// <summary>Begins anew with the weights as they are.</summary>
    internal void Restart()
    {
        using var none = no_grad();
        foreach (var (_, live, average) in _weights)
        {
            average.copy_(live);
        }
    }

    /// <summary>Takes in the weights after a step, counted from 0.</summary>
    public void Update(long step)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        using var kept = decay.ToScalar();
        foreach (var (_, live, average) in _weights)
        {
            using var one = NewDisposeScope(); // the float32 copy of 16 bits goes before the next one is made
            var weight = live.to(float32);
            average.sub_(weight).mul_(kept).AddInPlace(weight); // an average of what does not move stays to the bit
        }
    }

    /// <summary>Puts the averages into the model until disposed; then the live weights are back as they were, to the
    /// bit.</summary>
    public IDisposable Enter()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var held = _weights.ConvertAll(w => w.Live.detach().clone().DetachFromDisposeScope());
        foreach (var (_, live, average) in _weights)
        {
            live.copy_(average);
        }

        return new Return(() =>
        {
            using var quiet = no_grad();
            for (var i = 0; i < held.Count; i++)
            {
                _weights[i].Live.copy_(held[i]);
                held[i].Dispose();
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, average) in _weights)
        {
            average.Dispose();
        }
    }

    private sealed class Return(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
