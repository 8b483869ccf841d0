using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Optimization.Moments;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019). Only weights of two or more dimensions
/// decay: gains, biases, the class token and the logit scale do not (paper 2.5). Parameters and statistics of float32 take
/// libtorch's fused pass, those of 16 bits one of our own.</summary>
public sealed class AdamW : IDisposable
{
    private readonly List<Entry> _entries;
    private readonly AdamWOptions _options;
    private readonly HalfAdamW _half = new();
    private readonly DeviceHalfAdamW? _onDevice; // null on the CPU

    /// <param name="parameters">Named parameters; those that are frozen are left out.</param>
    /// <param name="options">Betas, epsilon, decay, formats.</param>
    /// <param name="rateFactor">By what a parameter's rate is multiplied; null = 1 for all.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWOptions options,
        Func<string, double>? rateFactor = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        using var scope = NewDisposeScope();
        using var none = no_grad();
        _entries = [.. parameters.Where(p => p.Parameter.requires_grad).Select((p, index) => new Entry(
            index,
            p.Name,
            p.Parameter,
            Moment(p.Parameter, isSecond: false),
            Moment(p.Parameter, isSecond: true),
            zeros(1, device: p.Parameter.device).DetachFromDisposeScope(),
            p.Parameter.dim() >= 2,
            rateFactor?.Invoke(p.Name) ?? 1))];
        var device = _entries.Select(e => e.Parameter.device).FirstOrDefault(d => d.type != TorchSharp.DeviceType.CPU);
        _onDevice = device is null ? null : new DeviceHalfAdamW(device);
    }

    /// <summary>Names of the parameters that decay, and of those that do not.</summary>
    public (IReadOnlyList<string> Decayed, IReadOnlyList<string> NotDecayed) Groups() =>
        ([.. _entries.Where(e => e.Decays).Select(e => e.Name)], [.. _entries.Where(e => !e.Decays).Select(e => e.Name)]);

    /// <summary>First and second moments and step counts by "moment1/NAME", "moment2/NAME", "step/NAME", and scales of moments by
    /// "moment1_scale/NAME": the state to save and to restore.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _entries.SelectMany(e =>
        e.First.State().Select(s => ($"moment1{s.Suffix}/{e.Name}", s.Value))
            .Concat(e.Second.State().Select(s => ($"moment2{s.Suffix}/{e.Name}", s.Value)))
            .Append(($"step/{e.Name}", e.Steps)));

    /// <summary>Forgets the last gradients and their memory: activations take it, and the first gradient of a step is taken over
    /// as it is where zeros would have to be written and added to.</summary>
    public void ForgetGradients()
    {
        foreach (var entry in _entries)
        {
            entry.Parameter.grad?.Dispose();
            entry.Parameter.grad = null;
        }
    }

    /// <summary>One update by the gradients in the parameters.</summary>
    /// <param name="rate">The step's learning rate.</param>
    /// <param name="factor">By what gradients of 16 bits are multiplied once they are wide: 1 / loss scale, and clipping.</param>
    public void Step(double rate, double factor = 1)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var moving = _entries.Where(e => e.Parameter.grad is not null).ToLookup(e => e.IsFused);
        foreach (var group in moving[true].GroupBy(e => (e.Decays, e.RateFactor)))
        {
            FusedAdamW.Step(
                [.. group.Select(e => (Tensor)e.Parameter)], [.. group.Select(e => e.Parameter.grad!)],
                [.. group.Select(e => ((Float32Moment)e.First).Values)], [.. group.Select(e => ((Float32Moment)e.Second).Values)],
                [.. group.Select(e => e.Steps)],
                rate * group.Key.RateFactor, _options.Beta1, _options.Beta2, group.Key.Decays ? _options.WeightDecay : 0,
                _options.Epsilon);
        }

        foreach (var entry in moving[false])
        {
            entry.Steps.AddInPlace(ones_like(entry.Steps));
            var step = entry.Steps.item<float>();
            var gradient = entry.Parameter.grad!.contiguous();
            var rates = new AdamWRates(
                rate * entry.RateFactor, _options.Beta1, _options.Beta2, entry.Decays ? _options.WeightDecay : 0,
                _options.Epsilon, step,
                gradient.dtype == ScalarType.Float32 ? 1 : factor);
            if (_onDevice is null)
            {
                _half.Step(entry.Parameter, gradient, entry.First, entry.Second, rates, Key);
            }
            else
            {
                _onDevice.Step(entry.Parameter, gradient, entry.First, entry.Second, rates, Key);
            }

            uint Key(int part) => StochasticRounding.Key(_options.Seed, (long)step, (3L * entry.Index) + part);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _onDevice?.Dispose();
        foreach (var entry in _entries)
        {
            entry.First.Dispose();
            entry.Second.Dispose();
            entry.Steps.Dispose();
        }
    }

    private IMoment Moment(Parameter parameter, bool isSecond)
    {
        var (count, device) = (parameter.numel(), parameter.device);
        return _options.State switch
        {
            OptimizerState.Bf16 => new BFloat16Moment(count, device),
            OptimizerState.Fp16 => new BlockHalfMoment(count, isSecond, device),
            OptimizerState.Fp16Jukebox => new TensorHalfMoment(count, device),
            _ => new Float32Moment(parameter),
        };
    }

    private sealed record Entry(int Index, string Name, Parameter Parameter, IMoment First, IMoment Second, Tensor Steps,
        bool Decays, double RateFactor)
    {
        public bool IsFused => Parameter.dtype == ScalarType.Float32 && First is Float32Moment;
    }
}

/// <summary>Settings of <see cref="AdamW"/>; the defaults are the paper's for a ViT (table 18).</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment: 0.98 for a ViT, 0.999 for a ResNet.</param>
/// <param name="Epsilon">Added to the bias-corrected root: 1e-6 for a ViT, 1e-8 for a ResNet.</param>
/// <param name="WeightDecay">Times the step's rate.</param>
/// <param name="State">How the two statistics are kept.</param>
/// <param name="Seed">Of stochastic rounding.</param>
public sealed record AdamWOptions(
    double Beta1 = 0.9, double Beta2 = 0.98, double Epsilon = 1e-6, double WeightDecay = 0.2,
    OptimizerState State = OptimizerState.Fp32, long Seed = 0);
