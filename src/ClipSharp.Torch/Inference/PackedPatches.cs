using ClipSharp.Images;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>Pixels' normalisation and the patch embedding as one product of bytes. The whole number next to each channel's mean
/// is taken off before, which is exact in 16 bits too: else a large bias would hide what a plain-coloured picture
/// says.</summary>
internal sealed class PackedPatches : IDisposable
{
    private readonly VisionTransformer _vision;
    private readonly PackedLinear _product;
    private readonly Tensor _middle; // [3P²]

    /// <param name="vision">Its patch embedding is copied.</param>
    /// <param name="preprocess">Mean and deviation.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    public PackedPatches(VisionTransformer vision, PreprocessConfig preprocess, ScalarType type)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        _vision = vision;
        var (mean, deviation) = (Channels(preprocess.Mean), Channels(preprocess.Std));
        var middle = mean.round();
        // W · (x - mean) / deviation + b = W' · (x - middle) + b', all of bytes.
        var own = vision.Patches.weight.detach();
        var shift = own.sum([2, 3], type: float64).view(-1, 3, 1, 1).mul((middle - mean) / deviation).sum([1, 2, 3]);
        var bias = vision.Patches.bias is { } added ? shift.Plus(added.detach().to(float64)) : shift;
        var weight = own.div(deviation.to(float32));
        _product = new PackedLinear(weight.flatten(1), bias, type);
        _middle = middle.expand(1, -1, weight.shape[2], weight.shape[3]).flatten().to(type).DetachFromDisposeScope();

        static Tensor Channels(IReadOnlyList<double> values) =>
            tensor(values.Select(value => 255 * value).ToArray(), float64).view(1, 3, 1, 1);
    }

    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, G, D].</returns>
    public Tensor Embed(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return _product.Apply(_vision.CutPatches(pixels).to(_product.Type).sub_(_middle)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _product.Dispose();
        _middle.Dispose();
    }
}
