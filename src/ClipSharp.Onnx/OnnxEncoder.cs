using System.Numerics.Tensors;
using ClipSharp.Images;
using ClipSharp.Text;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx;

/// <summary>The engine on ONNX Runtime: CPU, float32, without libtorch. A tower is opened when first used. Safe to call from
/// several threads at once, which then share its threads.</summary>
public sealed class OnnxEncoder : IClipEncoder
{
    private readonly OnnxFolder _folder;
    private readonly SessionOptions _options;
    private readonly Lazy<OnnxTower> _image;
    private readonly Lazy<OnnxTower> _text;

    /// <param name="folder">The exported model.</param>
    /// <param name="threads">Threads of one forward; 0 = as many as this process has processors.</param>
    public OnnxEncoder(OnnxFolder folder, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _folder = folder;
        _options = OnnxSession.Options(threads);
        _image = new(() => Open(OnnxFolder.ImageFile, OnnxFolder.ImageInput, OnnxFolder.ImageOutput));
        _text = new(() => Open(OnnxFolder.TextFile, OnnxFolder.TextInput, OnnxFolder.TextOutput));
    }

    /// <inheritdoc/>
    public int EmbedDim => _folder.Config.EmbedDim;

    /// <inheritdoc/>
    public Logits Logits => (_text.IsValueCreated || !_folder.Has(OnnxFolder.ImageFile) ? _text : _image).Value.Logits;

    /// <inheritdoc/>
    public string Engine => "onnx cpu fp32";

    /// <inheritdoc/>
    /// <exception cref="ClipException">The folder has no image tower, or it cannot be opened.</exception>
    public Embeddings EncodeImages(PixelBatch pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var size = _folder.Config.Vision.ImageSize;
        if (pixels.Size != size)
        {
            throw new ArgumentException($"Pictures are {pixels.Size} pixels a side, the model takes {size}.", nameof(pixels));
        }

        return pixels.Count == 0
            ? new Embeddings([], EmbedDim)
            : _image.Value.Encode(Normalized(pixels), [pixels.Count, 3, size, size]);
    }

    /// <inheritdoc/>
    /// <exception cref="ClipException">The folder has no text tower, or it cannot be opened.</exception>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.ContextLength > _folder.Config.Text.ContextLength)
        {
            throw new ArgumentException(
                $"Texts have {tokens.ContextLength} tokens, the model takes {_folder.Config.Text.ContextLength}.",
                nameof(tokens));
        }

        if (tokens.Count == 0)
        {
            return new Embeddings([], EmbedDim);
        }

        var text = _folder.Config.Text;
        var length = text.LengthSeen(tokens, text.ReadPositions(tokens));
        var ids = new long[ArrayLength.Of("token ids", tokens.Count, length)];
        for (var i = 0; i < tokens.Count; i++)
        {
            TensorPrimitives.ConvertChecked(tokens.Row(i)[..length], ids.AsSpan(i * length, length));
        }

        return _text.Value.Encode(ids, [tokens.Count, length]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tower in (Lazy<OnnxTower>[])[_image, _text])
        {
            if (tower.IsValueCreated)
            {
                tower.Value.Dispose();
            }
        }

        _options.Dispose();
    }

    // (value − 255·mean) / (255·deviation), plane by plane.
    private float[] Normalized(PixelBatch pixels)
    {
        var result = new float[ArrayLength.Of("numbers of pixels", pixels.Count, 3, pixels.Size, pixels.Size)];
        var plane = pixels.Size * pixels.Size;
        for (var i = 0; i < 3 * pixels.Count; i++)
        {
            var (picture, channel) = Math.DivRem(i, 3);
            var values = result.AsSpan(i * plane, plane);
            TensorPrimitives.ConvertChecked(pixels.Picture(picture).Slice(channel * plane, plane), values);
            TensorPrimitives.Subtract(values, (float)(_folder.Preprocess.Mean[channel] * 255), values);
            TensorPrimitives.Divide(values, (float)(_folder.Preprocess.Std[channel] * 255), values);
        }

        return result;
    }

    private OnnxTower Open(string file, string input, string output) =>
        OnnxTower.Open(Path.Combine(_folder.FolderPath, file), input, output, EmbedDim, _options);
}
