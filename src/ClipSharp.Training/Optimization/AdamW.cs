using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Optimization.Moments;
using ClipSharp.Training.Optimization.Sharing;
using ClipSharp.Training.Ranks;
using ClipSharp.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;
using Tensor = TorchSharp.torch.Tensor;

namespace ClipSharp.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019). Only weights of two or more dimensions
/// decay: gains, biases, the class token and the logit scale do not (paper 2.5). Parameters and statistics of float32 take
/// libtorch's fused pass, those of 16 bits one of our own.</summary>
public sealed class AdamW : IDisposable
{
    private readonly List<Parameter> _trained;
    private readonly List<Entry> _entries; // of all that are trained, or of this process' share
    private readonly AdamWOptions _options;
    private readonly HalfAdamW _half = new();
    private readonly DeviceHalfAdamW? _onDevice; // null on the CPU
    private readonly ShardedState? _shards; // null where all of it is here

    /// <param name="parameters">Named parameters; those that are frozen are left out.</param>
    /// <param name="options">Betas, epsilon, decay, formats.</param>
    /// <param name="rateFactor">By what a parameter's rate is multiplied; null = 1 for all.</param>
    public AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWOptions options,
        Func<string, double>? rateFactor = null)
        : this(parameters, options, rateFactor, shardedOver: null)
    {
    }

    /// <summary>The same, of this process' share of the numbers only (ZeRO stage 1), where processes share them.</summary>
    internal AdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWOptions options,
        Func<string, double>? rateFactor, ICollective? shardedOver)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var trained = parameters.Where(p => p.Parameter.requires_grad).ToList();
        _trained = [.. trained.Select(p => p.Parameter)];
        if (shardedOver is not null)
        {
            Shards = new ShardPlan([.. trained.Select(p => p.Parameter.numel())], shardedOver.WorldSize,
                cuts: options.State != OptimizerState.Fp16Jukebox);
            _shards = new ShardedState(shardedOver, options.State, [.. trained.Select(p => (p.Name, p.Parameter.shape))]);
        }

        var pieces = Shards?.Of(shardedOver!.Rank)
            ?? [.. trained.Select((p, number) => new ParameterPiece(number, 0, p.Parameter.numel()))];
        _entries = [.. pieces.Select(piece => Made(piece, trained[piece.Parameter].Name, trained[piece.Parameter].Parameter,
            rateFactor?.Invoke(trained[piece.Parameter].Name) ?? 1))];
        var device = trained.Select(p => p.Parameter.device).FirstOrDefault(d => d.type != TorchSharp.DeviceType.CPU);
        _onDevice = device is null ? null : new DeviceHalfAdamW(device);
    }

    /// <summary>Which process keeps which numbers' statistics; null = this one all.</summary>
    internal ShardPlan? Shards { get; }

    /// <summary>Names of the parameters that decay, and of those that do not.</summary>
    public (IReadOnlyList<string> Decayed, IReadOnlyList<string> NotDecayed) Groups() =>
        ([.. _entries.Where(e => e.Decays).Select(e => e.Name)], [.. _entries.Where(e => !e.Decays).Select(e => e.Name)]);

    /// <summary>First and second moments and step counts by "moment1/NAME", "moment2/NAME", "step/NAME", and scales of moments by
    /// "moment1_scale/NAME": the state to save, whole; where processes have shares of it, all of them ask for it together, and
    /// each tensor is to be copied before the next is asked for.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        _shards?.Whole(Pieces()) ?? Pieces().Select(p => (p.Name, p.Value));

    /// <summary>What a process does while another asks for <see cref="State"/>: it hands over its share.</summary>
    internal void HandOver()
    {
        foreach (var _ in _shards?.Whole(Pieces()) ?? [])
        {
            // Only what is told to the others counts.
        }
    }

    /// <summary>Brings a saved state back, of which a process with a share takes its own.</summary>
    /// <param name="stored">What was saved; more is passed over.</param>
    /// <param name="where">Where it lies, for the message.</param>
    /// <exception cref="ClipException">Something is missing or of another shape.</exception>
    public void Restore(IReadOnlyDictionary<string, NamedTensor> stored, string where)
    {
        if (_shards is null)
        {
            StateDict.Copy(stored, State(), where);
        }
        else
        {
            _shards.Restore(Pieces(), stored, where);
        }
    }

    /// <summary>Forgets the last gradients and their memory: activations take it, and the first gradient of a step is taken over
    /// as it is where zeros would have to be written and added to.</summary>
    public void ForgetGradients()
    {
        foreach (var parameter in _trained)
        {
            parameter.grad?.Dispose();
            parameter.grad = null;
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
                [.. group.Select(e => e.Of(e.Parameter))], [.. group.Select(e => e.Of(e.Parameter.grad!))],
                [.. group.Select(e => ((Float32Moment)e.First).Values)], [.. group.Select(e => ((Float32Moment)e.Second).Values)],
                [.. group.Select(e => e.Steps)],
                rate * group.Key.RateFactor, _options.Beta1, _options.Beta2, group.Key.Decays ? _options.WeightDecay : 0,
                _options.Epsilon);
        }

        foreach (var entry in moving[false])
        {
            entry.Steps.AddInPlace(ones_like(entry.Steps));
            var step = entry.Steps.item<float>();
            var (weights, gradient) = (entry.Of(entry.Parameter), entry.Of(entry.Parameter.grad!).contiguous());
            var rates = new AdamWRates(
                rate * entry.RateFactor, _options.Beta1, _options.Beta2, entry.Decays ? _options.WeightDecay : 0,
                _options.Epsilon, step,
                gradient.dtype == ScalarType.Float32 ? 1 : factor);
            if (_onDevice is null)
            {
                _half.Step(weights, gradient, entry.First, entry.Second, rates, Key, entry.Piece.Start);
            }
            else
            {
                _onDevice.Step(weights, gradient, entry.First, entry.Second, rates, Key, entry.Piece.Start);
            }

            uint Key(int part) => StochasticRounding.Key(_options.Seed, (long)step, (3L * entry.Piece.Parameter) + part);
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

    private Entry Made(ParameterPiece piece, string name, Parameter parameter, double rateFactor)
    {
        var isWhole = piece.Count == parameter.numel();
        var weights = isWhole ? (Tensor)parameter : parameter.view(-1).narrow(0, piece.Start, piece.Count);
        return new Entry(piece, isWhole, name, parameter, Moment(isSecond: false), Moment(isSecond: true),
            zeros(1, device: parameter.device).DetachFromDisposeScope(), parameter.dim() >= 2, rateFactor);

        IMoment Moment(bool isSecond) => _options.State switch
        {
            OptimizerState.Bf16 => new BFloat16Moment(piece.Count, parameter.device, piece.Start),
            OptimizerState.Fp16 => new BlockHalfMoment(piece.Count, isSecond, parameter.device, piece.Start),
            OptimizerState.Fp16Jukebox => new TensorHalfMoment(piece.Count, parameter.device),
            _ => new Float32Moment(weights),
        };
    }

    private IEnumerable<StatePiece> Pieces() => _entries.SelectMany(e =>
        e.First.State().Select(s => new StatePiece($"moment1{s.Suffix}/{e.Name}", s.Value, e.Piece))
            .Concat(e.Second.State().Select(s => new StatePiece($"moment2{s.Suffix}/{e.Name}", s.Value, e.Piece)))
            .Append(new StatePiece($"step/{e.Name}", e.Steps, e.Piece)));

    private sealed record Entry(ParameterPiece Piece, bool IsWhole, string Name, Parameter Parameter, IMoment First,
        IMoment Second, Tensor Steps, bool Decays, double RateFactor)
    {
        public bool IsFused => Parameter.dtype == ScalarType.Float32 && First is Float32Moment;

        /// <summary>The piece of the parameter or of its gradient.</summary>
        public Tensor Of(Tensor whole) => IsWhole ? whole : whole.contiguous().view(-1).narrow(0, Piece.Start, Piece.Count);
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
