using ClipSharp.Models.Towers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Makes a tower's large tensors: with initial weights for training, or blank where a file's weights come next. Drawing
/// 10⁸ numbers to overwrite them costs seconds.</summary>
internal sealed class Layers
{
    // Shapes without memory: what a constructor draws there costs nothing.
    private static readonly Device Nowhere = new(DeviceType.META);

    private Layers(bool isBlank, bool hasBlocks = true) => (IsBlank, HasBlocks) = (isBlank, hasBlocks);

    /// <summary>Weights as PyTorch initialises them.</summary>
    public static Layers Initialized { get; } = new(isBlank: false);

    /// <summary>Memory as it comes.</summary>
    public static Layers Blank { get; } = new(isBlank: true);

    /// <summary>The same, and transformers have no blocks: those are read one by one.</summary>
    public static Layers BlankOutsideBlocks { get; } = new(isBlank: true, hasBlocks: false);

    /// <summary>Whether a transformer makes its blocks.</summary>
    public bool HasBlocks { get; }

    /// <summary>Whether further initialising is in vain too.</summary>
    public bool IsBlank { get; }

    public Linear Linear(long inputs, long outputs)
    {
        if (!IsBlank)
        {
            return nn.Linear(inputs, outputs);
        }

        var layer = nn.Linear(inputs, outputs, device: Nowhere);
        layer.weight = new Parameter(empty(outputs, inputs));
        layer.bias = new Parameter(empty(outputs));
        return layer;
    }

    /// <summary>A square convolution.</summary>
    public Conv2d Convolution(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, bool hasBias = false)
    {
        var layer = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: padding, bias: hasBias,
            device: IsBlank ? Nowhere : null);
        if (IsBlank)
        {
            layer.weight = new Parameter(empty(outputs, inputs, kernel, kernel));
            layer.bias = hasBias ? new Parameter(empty(outputs)) : null;
        }

        return layer;
    }

    public Embedding Embedding(long rows, long width)
    {
        if (!IsBlank)
        {
            return nn.Embedding(rows, width);
        }

        // Not from nowhere: TorchSharp makes an embedding's numbers on the CPU before it moves them. One row costs nothing.
        var layer = nn.Embedding(1, width);
        layer.weight = new Parameter(empty(rows, width));
        return layer;
    }

    /// <summary>Numbers from N(0, spread²).</summary>
    public Parameter Normal(double spread, params ReadOnlySpan<long> shape)
    {
        using var scale = spread.ToScalar();
        return new Parameter(IsBlank ? empty(shape) : randn(shape).mul_(scale));
    }

    /// <summary>The way into the joint space: [D, E] and [E], each null where it is not.</summary>
    public (Parameter? Matrix, Parameter? Bias) Projection(ProjectionKind kind, double spread, int width, int embedDim) =>
        (kind == ProjectionKind.None ? null : Normal(spread, width, embedDim),
            kind == ProjectionKind.Biased ? new Parameter(zeros(embedDim)) : null);
}
