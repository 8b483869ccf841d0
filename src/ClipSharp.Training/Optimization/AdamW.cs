using ClipSharp.Torch.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), one fused pass a group. Only weights of two or more dimensions
/// decay: gains, biases, the class token and the logit scale do not (paper 2.5).</summary>
public sealed class AdamW : IDisposable
{
    private readonly List<Entry> _entries;
    private readonly AdamWOptions _options;

    /// <param name="parameters">Named parameters; those that are frozen are left out.</param>
    /// <param name="options">Betas, epsilon, decay.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWOptions options)
    {
        _options = options;
        using var scope = NewDisposeScope();
        using var none = no_grad();
        _entries = [.. parameters.Where(p => p.Parameter.requires_grad).Select(p => new Entry(
            p.Name,
            p.Parameter,
            zeros_like(p.Parameter, dtype: ScalarType.Float32).DetachFromDisposeScope(),
            zeros_like(p.Parameter, dtype: ScalarType.Float32).DetachFromDisposeScope(),
            zeros(1, device: p.Parameter.device).DetachFromDisposeScope(),
            p.Parameter.dim() >= 2))];
    }

    /// <summary>Names of the parameters that decay, and of those that do not.</summary>
    public (IReadOnlyList<string> Decayed, IReadOnlyList<string> NotDecayed) Groups() =>
        ([.. _entries.Where(e => e.Decays).Select(e => e.Name)], [.. _entries.Where(e => !e.Decays).Select(e => e.Name)]);

    /// <summary>First and second moments and step counts by "moment1/NAME", "moment2/NAME", "step/NAME": the state to save and to restore.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _entries.SelectMany(e => new[]
    {
        ($"moment1/{e.Name}", e.Moment1), ($"moment2/{e.Name}", e.Moment2), ($"step/{e.Name}", e.Steps),
    });

    /// <summary>Forgets the last gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var entry in _entries)
        {
            // Kept and zeroed, not freed: the memory is needed again at once.
            if (entry.Parameter.grad is { } gradient)
            {
                using (gradient)
                {
                    gradient.zero_();
                }
            }
        }
    }

    /// <summary>One update by the gradients in the parameters.</summary>
    /// <param name="rate">The step's learning rate.</param>
    public void Step(double rate)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        foreach (var decays in (bool[])[true, false])
        {
            var group = _entries.Where(e => e.Decays == decays && e.Parameter.grad is not null).ToList();
            if (group.Count == 0)
            {
                continue;
            }

            FusedAdamW.Step(
                [.. group.Select(e => (Tensor)e.Parameter)], [.. group.Select(e => e.Parameter.grad!)],
                [.. group.Select(e => e.Moment1)], [.. group.Select(e => e.Moment2)], [.. group.Select(e => e.Steps)],
                rate, _options.Beta1, _options.Beta2, decays ? _options.WeightDecay : 0, _options.Epsilon);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in _entries)
        {
            entry.Moment1.Dispose();
            entry.Moment2.Dispose();
            entry.Steps.Dispose();
        }
    }

    private sealed record Entry(string Name, Parameter Parameter, Tensor Moment1, Tensor Moment2, Tensor Steps, bool Decays);
}

/// <summary>Settings of <see cref="AdamW"/>; the defaults are the paper's for a ViT (table 18).</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment: 0.98 for a ViT, 0.999 for a ResNet.</param>
/// <param name="Epsilon">Added to the bias-corrected root: 1e-6 for a ViT, 1e-8 for a ResNet.</param>
/// <param name="WeightDecay">Times the step's rate.</param>
public sealed record AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.98, double Epsilon = 1e-6, double WeightDecay = 0.2);
