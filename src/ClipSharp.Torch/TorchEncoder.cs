using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch.Inference;
using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>The engine on libtorch: towers without gradients behind <see cref="IClipEncoder"/>.</summary>
public sealed class TorchEncoder : IClipEncoder
{
    private readonly ClipModel _model;
    private readonly Precision _precision;
    private readonly bool _ownsModel;
    private readonly IDisposable _evaluation;
    private readonly PackedTowers? _packed; // null: the model computes as in training
    private readonly StoredTowers? _stored; // null: the model is read whole
    private bool _isDisposed;

    /// <param name="model">The model; in evaluation until the encoder is disposed, then what it was before.</param>
    /// <param name="precision">The format in which towers compute.</param>
    /// <param name="ownsModel">Whether the model is the encoder's from now on: weights are taken out of it and kept as they
    /// multiply fastest, and disposing the encoder disposes it.</param>
    public TorchEncoder(ClipModel model, Precision precision, bool ownsModel = false)
        : this(model, precision, ownsModel, null)
    {
    }

    private TorchEncoder(ClipModel model, Precision precision, bool ownsModel, StoredTowers? stored)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _stored = stored;
        _precision = precision;
        _ownsModel = ownsModel;
        _evaluation = model.Evaluating(); // not at each call: one that ends would switch batch statistics on under another
        using var scope = NewDisposeScope();
        Logits = new(model.LogitScale.exp().Number(), model.LogitBias?.Number());
        _packed = ownsModel ? PackedTowers.TryTake(model, precision, stored) : null;
    }

    /// <inheritdoc/>
    public int EmbedDim => _model.Config.EmbedDim;

    /// <inheritdoc/>
    public Logits Logits { get; }

    /// <inheritdoc/>
    public string Engine => $"torch {_model.Device.type.ToString().ToLowerInvariant()} {_precision.Name}";

    /// <inheritdoc/>
    public bool LeavesProcessorFree => _model.Device.type != TorchSharp.DeviceType.CPU;

    /// <summary>Loads a model. On a processor its text tower is read with the first texts; until then its files stay
    /// open.</summary>
    /// <param name="model">Its files.</param>
    /// <param name="device">"cpu" or "cuda:0".</param>
    /// <param name="precision">"auto", "fp32" or "bf16".</param>
    /// <exception cref="ClipException">The weights do not fit the configuration or cannot be read, or there is no such
    /// device.</exception>
    public static TorchEncoder Load(ModelFiles model, string device = "cpu", string precision = "auto")
    {
        ArgumentNullException.ThrowIfNull(model);
        var place = TorchDevice.Parse(device);
        var format = Precision.Parse(precision, place);
        if (!PackedTowers.CanBeStored(model.Config, place.Open(), format))
        {
            return new(ClipModel.Load(model, device), format, ownsModel: true);
        }

        var stored = new StoredTowers(model);
        try
        {
            return new(stored.Model, format, ownsModel: true, stored);
        }
        catch
        {
            stored.Dispose();
            stored.Model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int? ImageFeatureDim => _model.Config.Vision.IsResNet ? EmbedDim : _model.Config.Vision.Width;

    /// <inheritdoc/>
    public Embeddings EncodeImages(PixelBatch pixels) =>
        EncodePixels(pixels, EmbedDim, _packed is null ? _model.EncodeImages : _packed.EncodeImages);

    /// <inheritdoc/>
    public Embeddings EncodeImageFeatures(PixelBatch pixels) =>
        EncodePixels(pixels, ImageFeatureDim!.Value,
            _packed is null ? _model.EncodeImageFeatures : _packed.EncodeImageFeatures);

    private Embeddings EncodePixels(PixelBatch pixels, int dimension, Func<Tensor, Tensor> tower)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.Size != _model.Config.Vision.ImageSize)
        {
            throw new ArgumentException($"Pictures are of {pixels.Size} pixels, the model takes {_model.Config.Vision.ImageSize}.", nameof(pixels));
        }

        return pixels.Count == 0
            ? new Embeddings([], dimension)
            : Encode(dimension, () => tower(ClipModel.ToTensor(pixels).to(_model.Device)));
    }

    /// <inheritdoc/>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.ContextLength > _model.Config.Text.ContextLength)
        {
            throw new ArgumentException($"Texts have {tokens.ContextLength} tokens, the model takes {_model.Config.Text.ContextLength}.", nameof(tokens));
        }

        return tokens.Count == 0 ? new Embeddings([], EmbedDim) : Encode(EmbedDim, () =>
        {
            var (ids, ends) = _model.ToTensors(tokens);
            return _packed is null
                ? _model.EncodeTexts(ids.to(_model.Device), ends.to(_model.Device))
                : _packed.EncodeTexts(ids, ends);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _packed?.Dispose();
        _stored?.Dispose();
        if (_ownsModel)
        {
            _model.Dispose();
        }
        else
        {
            _evaluation.Dispose();
        }
    }

    private Embeddings Encode(int dimension, Func<Tensor> tower)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var format = _precision.Enter(_model.Device.type);
        var features = tower().to(float32).cpu(); // before the last projection they are of the towers' format
        return new Embeddings(features.data<float>().ToArray(), dimension);
    }
}
