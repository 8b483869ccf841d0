using System.Globalization;
using System.Numerics.Tensors;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx.Folders;
using ClipSharp.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ClipSharp.Onnx.Sessions;

/// <summary>A tower in ONNX Runtime: a graph's inputs and its output by their names, whoever exported it. Of a graph with both
/// towers the other one gets a row of zeros. Safe to run from several threads at once.</summary>
internal sealed class OnnxTower
{
    private readonly InferenceSession _session;
    private readonly ModelConfig _config;
    private readonly string _path;
    private readonly string _output;
    private readonly RunOptions _options;
    private readonly bool _isImage;
    private readonly int _rowsAtOnce;
    private readonly List<InputRows> _idle = []; // inputs of the other tower

    /// <summary>Finds a tower in a graph.</summary>
    /// <param name="graph">The graph; it must outlive this.</param>
    /// <param name="config">What the model is.</param>
    /// <param name="isImage">The tower of pictures, else that of texts.</param>
    /// <exception cref="ClipException">The graph has no such tower, or one of another model.</exception>
    public OnnxTower(OnnxGraph graph, ModelConfig config, bool isImage)
    {
        (_session, _options, _path, _config, _isImage) = (graph.Session, graph.Options, graph.Path, config, isImage);
        var inputs = _session.InputMetadata;
        var main = (isImage ? PortNames.OfPixels : PortNames.OfIds).FirstOrDefault(inputs.ContainsKey);
        var output = PortNames.OfVectors(config, isImage).FirstOrDefault(name => _session.OutputMetadata.ContainsKey(name));
        if (main is null || output is null || !Gives(_session.OutputMetadata[output])
            || inputs.Any(input => !Takes(input.Key, input.Value)))
        {
            throw Unfit();
        }

        (Input, _output) = ((main, inputs[main].ElementDataType), output);
        Mask = isImage || !inputs.TryGetValue(PortNames.Mask, out var mask) ? null : mask.ElementDataType;
        var shape = inputs[main].Dimensions;
        _rowsAtOnce = shape[0] > 0 ? shape[0] : int.MaxValue;
        FixedLength = isImage || shape[1] <= 0 ? null : shape[1];
        AddIdle();
    }

    /// <summary>The input for pictures or token ids, and its number format.</summary>
    public (string Name, TensorElementType Type) Input { get; }

    /// <summary>The number format of the mask; null where the tower takes none.</summary>
    public TensorElementType? Mask { get; }

    /// <summary>T, where the graph takes texts of one length only.</summary>
    public int? FixedLength { get; }

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <param name="preprocess">Mean and deviation, for graphs that take normalised numbers.</param>
    /// <returns>[B, E].</returns>
    public Embeddings EncodeImages(PixelBatch pixels, PreprocessConfig preprocess) =>
        Encode([InputRows.OfPixels(Input.Name, Input.Type, pixels, preprocess)], pixels.Count);

    /// <summary>Unit vectors of texts.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <returns>[B, E].</returns>
    public Embeddings EncodeTexts(TokenBatch tokens)
    {
        var length = FixedLength ?? _config.Text.LengthSeen(tokens, _config.Text.ReadPositions(tokens));
        if (length > tokens.ContextLength)
        {
            throw new ArgumentException($"Texts have {tokens.ContextLength} tokens, the graph takes {length}.", nameof(tokens));
        }

        var ids = new int[ArrayLength.Of("token ids", tokens.Count, length)];
        var mask = new int[Mask is null ? 0 : ids.Length];
        for (var i = 0; i < tokens.Count; i++)
        {
            tokens.Row(i)[..length].CopyTo(ids.AsSpan(i * length));
            if (Mask is not null)
            {
                mask.AsSpan(i * length, Math.Min(length, tokens.EndPositions[i] + 1)).Fill(1);
            }
        }

        List<InputRows> inputs = [InputRows.OfTokens(Input.Name, Input.Type, ids, length)];
        if (Mask is { } type)
        {
            inputs.Add(InputRows.OfTokens(PortNames.Mask, type, mask, length));
        }

        return Encode(inputs, tokens.Count);
    }

    /// <summary>Runs the tower.</summary>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="count">B.</param>
    /// <returns>[B, E], of unit length: Hugging Face's exports of one tower leave them at any, those of both do not. Here all
    /// become alike.</returns>
    internal Embeddings Encode(IReadOnlyList<InputRows> inputs, int count)
    {
        var vectors = new Embeddings(count, _config.EmbedDim);
        for (var first = 0; first < count; first += Math.Min(count - first, _rowsAtOnce))
        {
            var rows = Math.Min(count - first, _rowsAtOnce);
            var values = inputs.Select(input => input.Rows(first, rows)).Concat(_idle.Select(input => input.Rows(0, 1))).ToList();
            try
            {
                string[] names = [.. inputs.Concat(_idle).Select(input => input.Name)];
                using var results = _session.Run(_options, names, values, [_output]);
                Write(vectors, first, rows, results[0]);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ClipException(ClipError.Data, "The ONNX model cannot be run", _path, e.Message.ReplaceLineEndings(" "),
                    $"{Input.Name} to {_output}", "Choose another graph with --onnx-file.", e);
            }
            finally
            {
                values.ForEach(value => value.Dispose());
            }
        }

        return vectors;
    }

    private void Write(Embeddings vectors, int first, int count, OrtValue result)
    {
        var shape = result.GetTensorTypeAndShape();
        if (shape.Shape is not [var rows, var width] || rows != count || width != vectors.Dimension)
        {
            throw Unfit($"{_output} [{string.Join(", ", shape.Shape)}] of {count} rows");
        }

        for (var i = 0; i < count; i++)
        {
            var row = vectors.Writable(first + i);
            result.GetTensorDataAsSpan<float>().Slice(i * row.Length, row.Length).CopyTo(row);
            TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row); // of nothing but 0: NaN, which is refused
        }
    }

    // One row of zeros for each input of the other tower.
    private void AddIdle()
    {
        foreach (var (name, input) in _session.InputMetadata)
        {
            if (PortNames.OfPixels.Contains(name) && !_isImage)
            {
                _idle.Add(InputRows.OfPixels(name, input.ElementDataType, new PixelBatch(1, _config.Vision.ImageSize),
                    new PreprocessConfig()));
            }
            else if (!PortNames.OfPixels.Contains(name) && _isImage)
            {
                var length = input.Dimensions[1] > 0 ? input.Dimensions[1] : _config.Text.ContextLength;
                _idle.Add(InputRows.OfTokens(name, input.ElementDataType, new int[length], length));
            }
        }
    }

    private bool Takes(string name, NodeMetadata input)
    {
        var size = _config.Vision.ImageSize;
        return PortNames.OfPixels.Contains(name)
            ? input.ElementDataType is TensorElementType.Float or TensorElementType.UInt8
                && Fits(input.Dimensions, -1, 3, size.Height, size.Width)
            : (PortNames.OfIds.Contains(name) || name == PortNames.Mask)
                && input.ElementDataType is TensorElementType.Int64 or TensorElementType.Int32
                && Fits(input.Dimensions, -1, -1) && input.Dimensions[1] <= _config.Text.ContextLength;
    }

    private bool Gives(NodeMetadata output) =>
        output.ElementDataType == TensorElementType.Float && Fits(output.Dimensions, -1, _config.EmbedDim);

    // A size that either side leaves open, −1, fits.
    private static bool Fits(int[] found, params int[] expected) => found.Length == expected.Length
        && found.Zip(expected).All(pair => pair.First < 0 || pair.Second < 0 || pair.First == pair.Second);

    private ClipException Unfit(string? found = null)
    {
        var (size, isImage) = (_config.Vision.ImageSize, _isImage);
        var expected = isImage
            ? string.Create(CultureInfo.InvariantCulture, $"{PortNames.Pixels} [B, 3, {size.Height}, {size.Width}]")
            : $"{PortNames.Ids} [B, T]";
        return OnnxGraph.Unfit(_path,
            found ?? $"inputs {Shown(_session.InputMetadata)}, outputs {Shown(_session.OutputMetadata)}",
            $"{expected} to {PortNames.OfVectors(_config, isImage)[0]} [B, {_config.EmbedDim}]");
    }

    private static string Shown(IReadOnlyDictionary<string, NodeMetadata> ports)
    {
        const int most = 8;
        var shown = ports.Take(most).Select(port =>
            $"{port.Key} {port.Value.ElementDataType} [{string.Join(", ", port.Value.Dimensions.Select(side => side < 0 ? "?" : $"{side}"))}]");
        return string.Join(", ", shown) + (ports.Count > most ? $" and {ports.Count - most} more" : "");
    }
}
