using ClipSharp.Images;
using ClipSharp.Onnx.Sessions;
using ClipSharp.Text;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx;

/// <summary>The engine on ONNX Runtime: CPU, float32 unless the graph says otherwise, without libtorch. A tower is opened when
/// first used. Safe to call from several threads at once, which then share its threads.</summary>
public sealed class OnnxEncoder : IClipEncoder
{
    private readonly OnnxFolder _folder;
    private readonly SessionOptions _options;
    private readonly Lazy<OnnxGraph> _imageGraph;
    private readonly Lazy<OnnxGraph> _textGraph;
    private readonly Lazy<OnnxTower> _image;
    private readonly Lazy<OnnxTower> _text;

    /// <param name="folder">The model.</param>
    /// <param name="threads">Threads of one forward; 0 = as many as this process has processors.</param>
    public OnnxEncoder(OnnxFolder folder, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _folder = folder;
        _options = OnnxSession.Options(threads);
        _imageGraph = new(() => Open(folder.Files.Image, OnnxFolder.ImageFile));
        _textGraph = folder.Files.Text == folder.Files.Image
            ? _imageGraph
            : new(() => Open(folder.Files.Text, OnnxFolder.TextFile));
        _image = new(() => new OnnxTower(_imageGraph.Value, folder.Config, isImage: true));
        _text = new(() => new OnnxTower(_textGraph.Value, folder.Config, isImage: false));
    }

    /// <inheritdoc/>
    public int EmbedDim => _folder.Config.EmbedDim;

    /// <inheritdoc/>
    public Logits Logits => _folder.Logits;

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
            throw new ArgumentException($"Pictures are of {pixels.Size} pixels, the model takes {size}.", nameof(pixels));
        }

        return pixels.Count == 0 ? new Embeddings([], EmbedDim) : _image.Value.EncodeImages(pixels, _folder.Preprocess);
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

        return tokens.Count == 0 ? new Embeddings([], EmbedDim) : _text.Value.EncodeTexts(tokens);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var graph in new[] { _imageGraph, _textGraph }.Distinct())
        {
            if (graph.IsValueCreated)
            {
                graph.Value.Dispose();
            }
        }

        _options.Dispose();
    }

    private OnnxGraph Open(string? path, string name) => OnnxGraph.Open(
        path ?? throw new ClipException(ClipError.NoInput, "The model has no such tower", Path.Combine(_folder.FolderPath, name),
            "no file", "an ONNX graph", "Export the model again without --tower, or fetch this file too."), _options);
}
