using System.Runtime.InteropServices;
using ClipSharp.Models;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Onnx.Sessions;
using ClipSharp.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Tests;

/// <summary>A tiny model of the fixtures, its graphs and its expected values.</summary>
internal sealed class TinyReference : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly SafetensorsFile _expected;
    private readonly SafetensorsFile _inputs;

    public TinyReference(string fixture) : this(
        ModelFiles.Open(SharedFiles.Fixture($"{fixture}/open_clip")), $"{fixture}/expected.safetensors",
        $"{fixture}/expected.safetensors")
    {
    }

    private TinyReference(ModelFiles files, string expected, string inputs)
    {
        Config = files.Config;
        _weights = files.OpenWeights();
        (_expected, _inputs) = (Fixtures.OpenSafetensors(expected), Fixtures.OpenSafetensors(inputs));
    }

    /// <summary>A model of another family.</summary>
    public static TinyReference OfFamily(string place) =>
        new(ReferenceFamilies.Open(place), ReferenceFamilies.Expected(place), ReferenceFamilies.Inputs(place));

    /// <summary>How many pictures and texts there are.</summary>
    public int Rows => (int)_inputs.Tensors["pixels"].Shape[0];

    /// <summary>What it is; a test may make it another.</summary>
    public ModelConfig Config { get; set; }

    /// <summary>Pictures as a tower takes them, some of the rows.</summary>
    public (float[] Values, long[] Shape) Pixels(int first = 0, int count = 6)
    {
        long[] picture = [.. _inputs.Tensors["pixels"].Shape[1..]];
        var size = checked((int)picture.Aggregate((product, side) => product * side));
        return (_inputs.ReadFloats("pixels")[(first * size)..((first + count) * size)], [count, .. picture]);
    }

    /// <summary>Texts as a tower takes them, some of the rows.</summary>
    public (long[] Values, long[] Shape) Tokens(int first = 0, int count = 6)
    {
        var ids = MemoryMarshal.Cast<byte, long>(_inputs.Bytes("tokens")).ToArray();
        var length = ids.Length / Rows;
        return (ids[(first * length)..((first + count) * length)], [count, length]);
    }

    /// <summary>Runs a graph.</summary>
    /// <param name="build">Adds what is to be computed to a graph with an input "in" and gives it out as "out".</param>
    /// <param name="input">What goes in.</param>
    /// <param name="optimization">What ONNX Runtime may change.</param>
    public float[] Run<T>(Func<Graph, TowerWeights, string> build, (T[] Values, long[] Shape) input,
        GraphOptimizationLevel optimization = GraphOptimizationLevel.ORT_ENABLE_ALL) where T : unmanaged
    {
        using var folder = new TemporaryFolder();
        var graph = new Graph();
        object[] sizes = [.. input.Shape.Select((side, axis) => axis == 0 || input.Shape.Length == 2
            ? (object)$"size{axis}"
            : side)];
        graph.Input("in", typeof(T) == typeof(float) ? TensorType.F32 : TensorType.I64, sizes);
        graph.Output("out", build(graph, new TowerWeights(_weights.Tensors.Values)));
        OnnxFile.Write(folder["graph.onnx"], graph, new Dictionary<string, string>());
        using var options = OnnxSession.Options();
        options.GraphOptimizationLevel = optimization;
        using var session = new InferenceSession(folder["graph.onnx"], options);
        using var value = OrtValue.CreateTensorValueFromMemory(input.Values, input.Shape);
        using var run = new RunOptions();
        using var results = session.Run(run, ["in"], [value], ["out"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Demands the expected values, within a share of the largest.</summary>
    public void AssertClose(string name, ReadOnlySpan<float> got, double share, int first = 0, int count = 6)
    {
        var want = _expected.ReadFloats(name);
        var size = want.Length / Rows;
        Near.Assert(name, want.AsSpan(first * size, count * size), got, share);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _expected.Dispose();
        _inputs.Dispose();
    }
}
