using ClipSharp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A model's towers as they only infer, on a processor: weights are packed once. The text tower is packed with the first
/// texts: whoever names pictures by a classifier that was kept has none. In float32 features equal the training form's within
/// 1e-5.</summary>
internal sealed class PackedTowers : IDisposable
{
    private readonly PackedImages _images;
    private readonly Lazy<PackedTexts> _texts;

    private PackedTowers(ClipModel model, ScalarType type, StoredTowers? stored)
    {
        _images = new PackedImages(model, type, stored?.ImageBlocks);
        _texts = new(() =>
        {
            stored?.ReadTexts();
            var texts = new PackedTexts(model, type, stored?.TextBlocks);
            stored?.Dispose();
            return texts;
        });
    }

    /// <summary>Takes the weights out of a model, which itself cannot compute afterwards; null where it must stay as it is: on a
    /// device, and while something is learnt beside its matrices.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">The format.</param>
    /// <param name="stored">Where a model comes from that is not read whole, see <see cref="CanBeStored"/>; null = it is.</param>
    public static PackedTowers? TryTake(ClipModel model, Precision precision, StoredTowers? stored = null) =>
        TypeOf(model.Device, precision) is { } type && !model.HasLowRank ? new PackedTowers(model, type, stored) : null;

    /// <summary>Whether a model can be read part by part, as it is packed: a text tower with a class token is not
    /// packed.</summary>
    public static bool CanBeStored(ModelConfig config, Device device, Precision precision) =>
        TypeOf(device, precision) is not null && config.Text.EmbedCls is not true;

    /// <inheritdoc cref="PackedImages.Encode"/>
    public Tensor EncodeImages(Tensor pixels) => _images.Encode(pixels);

    /// <inheritdoc cref="PackedImages.EncodeFeatures"/>
    public Tensor EncodeImageFeatures(Tensor pixels) => _images.EncodeFeatures(pixels);

    /// <inheritdoc cref="PackedTexts.Encode"/>
    public Tensor EncodeTexts(Tensor ids, Tensor readPositions) => _texts.Value.Encode(ids, readPositions);

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        if (_texts.IsValueCreated)
        {
            _texts.Value.Dispose();
        }
    }

    private static ScalarType? TypeOf(Device device, Precision precision) => device.type != DeviceType.CPU ? null
        : precision.Format switch
        {
            NumberFormat.Fp32 => ScalarType.Float32,
            NumberFormat.Bf16 or NumberFormat.PureBf16 => ScalarType.BFloat16,
            _ => null,
        };
}
