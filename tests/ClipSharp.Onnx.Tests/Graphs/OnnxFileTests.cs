using System.Runtime.InteropServices;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Onnx.Sessions;
using ClipSharp.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Tests.Graphs;

public sealed class OnnxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Weights_are_the_same_inside_and_beside_the_file(long mostInside)
    {
        var graph = new Graph();
        var input = graph.Input("in", TensorType.F32, "batch", 300);
        var (first, second) = (Ramp("first", 1), Ramp("second", 1000));
        graph.Output("out", graph.Add("Add", [graph.Add("Mul", [input, graph.Constant(first)]), graph.Constant(second)]), "batch",
            300);
        OnnxFile.Write(_folder["graph.onnx"], graph, new Dictionary<string, string> { ["note"] = "for readers" }, mostInside);

        var data = new FileInfo(_folder["graph.onnx.data"]);
        Assert.Equal(mostInside == 0, data.Exists);
        if (data.Exists)
        {
            Assert.Equal(4096 + 1200, data.Length); // the second tensor on a page of its own
        }

        using var options = OnnxSession.Options();
        using var session = new InferenceSession(_folder["graph.onnx"], options);
        Assert.Equal("for readers", session.ModelMetadata.CustomMetadataMap["note"]);
        using var value = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(2f, 300).ToArray(), [1, 300]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["in"], [value], ["out"]);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (2f * (i + 1)) + i + 1000),
            results[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void Equal_constants_are_written_once()
    {
        var graph = new Graph();
        Assert.Equal(graph.Integers(1, -1), graph.Integers(1, -1));
        Assert.NotEqual(graph.Integers(1), graph.Index(1));
        Assert.Equal(3, graph.Constants.Count);
    }

    private static NamedTensor Ramp(string name, float start) => new(name, TensorType.F32, [300],
        MemoryMarshal.AsBytes<float>(Enumerable.Range(0, 300).Select(i => start + i).ToArray()).ToArray());
}
