using ClipSharp.Torch.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>A residual block of the ModifiedResNet: every convolution has stride 1, strides are average pools before the
/// last one (anti-aliased, Zhang 2019), also in the shortcut.</summary>
internal sealed class Bottleneck : nn.Module<Tensor, Tensor>
{
    public const int Expansion = 4;
    private readonly int _stride;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d _conv1;

    [ComponentName(Name = "bn1")]
    private readonly BatchNorm _norm1;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d _conv2;

    [ComponentName(Name = "bn2")]
    private readonly BatchNorm _norm2;

    [ComponentName(Name = "conv3")]
    private readonly Conv2d _conv3;

    [ComponentName(Name = "bn3")]
    private readonly BatchNorm _norm3;

    [ComponentName(Name = "downsample")]
    private readonly Sequential? _shortcut; // convolution and norm, after the pool; a ModuleDict cannot be moved to a device

    public Bottleneck(int inputs, int planes, int stride, Layers layers) : base(nameof(Bottleneck))
    {
        _stride = stride;
        var outputs = planes * Expansion;
        _conv1 = layers.Convolution(inputs, planes, 1);
        _norm1 = new BatchNorm(planes);
        _conv2 = layers.Convolution(planes, planes, 3, padding: 1);
        _norm2 = new BatchNorm(planes);
        _conv3 = layers.Convolution(planes, outputs, 1);
        _norm3 = new BatchNorm(outputs);
        if (stride > 1 || inputs != outputs)
        {
            _shortcut = nn.Sequential(layers.Convolution(inputs, outputs, 1), new BatchNorm(outputs));
        }

        RegisterComponents();
        nn.init.zeros_(_norm3.Weight); // starts as its shortcut
    }

    public int Stride => _stride;

    public (Conv2d Convolution, BatchNorm Norm) Reduce => (_conv1, _norm1);

    public (Conv2d Convolution, BatchNorm Norm) Middle => (_conv2, _norm2);

    public (Conv2d Convolution, BatchNorm Norm) Expand => (_conv3, _norm3);

    /// <summary>Null where the input itself is added.</summary>
    public (Conv2d Convolution, BatchNorm Norm)? Shortcut =>
        _shortcut is null ? null : ((Conv2d)_shortcut[0], (BatchNorm)_shortcut[1]);

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, 4 · planes, H / stride, W / stride].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var state = _norm1.forward(SmallGridConvolution.Pointwise(_conv1, input)).relu_();
        state = _norm2.forward(SmallGridConvolution.ThreeByThree(_conv2, state)).relu_();
        state = _norm3.forward(SmallGridConvolution.Pointwise(_conv3, Shrink(state)));
        var shortcut = _shortcut is null
            ? input
            : _shortcut[1].call(SmallGridConvolution.Pointwise((Conv2d)_shortcut[0], Shrink(input)));
        return state.AddInPlace(shortcut).relu_().MoveToOuterDisposeScope();
    }

    private Tensor Shrink(Tensor state) => _stride > 1 ? nn.functional.avg_pool2d(state, _stride) : state;
}
