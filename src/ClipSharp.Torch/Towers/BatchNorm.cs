using ClipSharp.Torch.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Batch normalisation over the channels of a grid (Ioffe and Szegedy 2015), as PyTorch's <c>BatchNorm2d</c>: momentum
/// 0.1, epsilon 1e-5. TorchSharp's own counts its batches with a number that nothing holds (docs/decisions/0007).</summary>
internal sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight; // [C]

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias; // [C]

    [ComponentName(Name = "running_mean")]
    private readonly Tensor _mean; // [C]; named, so that it is another tensor here too when the module is moved

    [ComponentName(Name = "running_var")]
    private readonly Tensor _variance; // [C]

    [ComponentName(Name = "num_batches_tracked")]
    private readonly Tensor _batches; // int64, a scalar

    public BatchNorm(long channels) : base(nameof(BatchNorm))
    {
        _weight = new Parameter(ones(channels));
        _bias = new Parameter(zeros(channels));
        _mean = zeros(channels);
        _variance = ones(channels);
        _batches = tensor(0L);
        RegisterComponents();
    }

    /// <summary>Sums [C] over all processes, with gradient, and how many they are: then a batch is that of all of them. Null =
    /// this process' rows are the batch.</summary>
    public (Func<Tensor, Tensor> Sum, int Count)? SumOverProcesses { get; set; }

    /// <summary>The scale of each channel.</summary>
    public Parameter Weight => _weight;

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>The same shape; in training normalised by the batch, which the running statistics take in.</returns>
    public override Tensor forward(Tensor input)
    {
        if (training)
        {
            using var none = no_grad();
            _batches.add_(Numbers.One, Numbers.One);
        }

        return training && SumOverProcesses is var (sum, count)
            ? Together(input, sum, count)
            : nn.functional.batch_norm(input, _mean, _variance, _weight, _bias, training, 0.1, Epsilon);
    }

    /// <summary>What a convolution and this norm behind it compute outside training, as one convolution.</summary>
    /// <param name="convolution">Without bias.</param>
    /// <returns>float64 [C', C, H, W] and [C'].</returns>
    public (Tensor Weight, Tensor Bias) FoldedInto(Conv2d convolution)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        using var epsilon = Epsilon.ToScalar();
        var factor = _variance.to(float64).add(epsilon, Numbers.One).rsqrt().mul(_weight);
        return (convolution.weight.mul(factor.view(-1, 1, 1, 1)).MoveToOuterDisposeScope(),
            _bias.sub(_mean.mul(factor)).MoveToOuterDisposeScope());
    }

    // Mean and deviation by sums, the second once the first is known: rounding then hardly grows with the mean.
    private Tensor Together(Tensor input, Func<Tensor, Tensor> sum, int count)
    {
        using var scope = NewDisposeScope();
        var wide = input.to(float32);
        var numbers = input.numel() / input.shape[1] * count;
        using var each = (1.0 / numbers).ToScalar();
        using var epsilon = Epsilon.ToScalar();
        var mean = sum(wide.sum([0L, 2, 3])).mul(each);                                                  // [C]
        var centered = wide.sub(mean.view(1, -1, 1, 1));                                                 // [B, C, H, W]
        var variance = sum(centered.mul(centered).sum([0L, 2, 3])).mul(each);                            // [C]
        TakeIn(mean, variance, numbers);
        var scale = variance.add(epsilon, Numbers.One).rsqrt().mul(_weight);
        return centered.mul(scale.view(1, -1, 1, 1)).Plus(_bias.view(1, -1, 1, 1)).to(input.dtype).MoveToOuterDisposeScope();
    }

    // Running variances are those of a sample, as PyTorch has them.
    private void TakeIn(Tensor mean, Tensor variance, long numbers)
    {
        using var none = no_grad();
        using var kept = 0.9.ToScalar();
        using var taken = 0.1.ToScalar();
        using var unbiased = (0.1 * numbers / (numbers - 1)).ToScalar();
        _mean.mul_(kept).AddInPlace(mean.detach().mul(taken));
        _variance.mul_(kept).AddInPlace(variance.detach().mul(unbiased));
    }
}
