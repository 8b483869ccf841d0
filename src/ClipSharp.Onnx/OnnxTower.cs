using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx;

/// <summary>A tower in ONNX Runtime. Safe to run from several threads at once.</summary>
internal sealed class OnnxTower : IDisposable
{
    private readonly string[] _input;
    private readonly string[] _output;
    private readonly long _embedDim;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    private OnnxTower(InferenceSession session, string input, string output, int embedDim)
    {
        (_session, _input, _output, _embedDim) = (session, [input], [output], embedDim);
    }

    /// <summary>What the metadata say of logits.</summary>
    public Logits Logits { get; private init; }

    /// <summary>Opens a graph.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="input">The name of its input.</param>
    /// <param name="output">The name of its output, [B, E].</param>
    /// <param name="embedDim">E.</param>
    /// <param name="options">How to run it.</param>
    /// <exception cref="ClipException">It is absent, damaged, or another graph.</exception>
    public static OnnxTower Open(string path, string input, string output, int embedDim, SessionOptions options)
    {
        if (!File.Exists(path))
        {
            throw new ClipException(ClipError.NoInput, "The model has no such tower", path, "no file", "an ONNX graph",
                "Export the model again without --tower.");
        }

        InferenceSession session;
        try
        {
            session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw Unfit(path, e.Message, "a graph that ONNX Runtime opens", e);
        }

        try
        {
            var isOurs = session.InputMetadata.ContainsKey(input) && session.OutputMetadata.TryGetValue(output, out var vectors)
                && vectors.Dimensions is [_, var width] && width == embedDim;
            return isOurs && LogitsOf(session.ModelMetadata.CustomMetadataMap) is { } logits
                    ? new OnnxTower(session, input, output, embedDim) { Logits = logits }
                    : throw Unfit(path, $"inputs {string.Join(", ", session.InputNames)}, outputs {string.Join(", ", session.OutputNames)}",
                        $"{input} to {output} of width {embedDim}, and {OnnxFolder.LogitScaleKey} in its metadata");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs the tower.</summary>
    /// <param name="values">The input, not copied.</param>
    /// <param name="shape">Its sizes, the batch first.</param>
    /// <returns>[B, E].</returns>
    public Embeddings Encode<T>(T[] values, long[] shape) where T : unmanaged
    {
        var vectors = new float[ArrayLength.Of("numbers of vectors", shape[0], _embedDim)];
        using var input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var output = OrtValue.CreateTensorValueFromMemory(vectors, [shape[0], _embedDim]);
        _session.Run(_options, _input, [input], _output, [output]);
        return new Embeddings(vectors, (int)_embedDim);
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private static Logits? LogitsOf(Dictionary<string, string> metadata)
    {
        var bias = Number(OnnxFolder.LogitBiasKey);
        return Number(OnnxFolder.LogitScaleKey) is { } scale && (bias is not null || !metadata.ContainsKey(OnnxFolder.LogitBiasKey))
            ? new Logits(scale, bias) : null;

        double? Number(string key) => metadata.TryGetValue(key, out var text)
            && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
    }

    private static ClipException Unfit(string path, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, "The ONNX model cannot be used", path, found, expected, "Export the model again.", inner);
}
