using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Batch normalisation over the channels of a grid (Ioffe and Szegedy 2015), as PyTorch's <c>BatchNorm2d</c>: momentum
/// 0.1, epsilon 1e-5. TorchSharp's own counts its batches with a number that nothing holds (docs/decisions/0007).</summary>
internal sealed class BatchNorm : nn.Module<Tensor, Tensor>
{
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

        return nn.functional.batch_norm(input, _mean, _variance, _weight, _bias, training, 0.1, 1e-5);
    }
}
