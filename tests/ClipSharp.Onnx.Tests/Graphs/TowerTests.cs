using ClipSharp.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Tests.Graphs;

/// <summary>The graphs of both towers against values that PyTorch computed.</summary>
public sealed class TowerTests
{
    public static TheoryData<string, int, GraphOptimizationLevel> Cases => new MatrixTheoryData<string, int, GraphOptimizationLevel>(
        ["vit-tiny", "rn-tiny"], [1, 6], [GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_ALL]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pictures_become_the_references_vectors(string fixture, int batch, GraphOptimizationLevel optimization)
    {
        using var model = new TinyReference(fixture);
        for (var row = 0; row < 6; row += batch)
        {
            var vectors = model.Run((graph, weights) => OnnxExporter.ImageTower(graph, weights, model.Config).Encode("in"),
                model.Pixels(row, batch), optimization);
            model.AssertClose("vision/normalised", vectors, 1e-5, row, batch);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Texts_become_the_references_vectors(string fixture, int batch, GraphOptimizationLevel optimization)
    {
        using var model = new TinyReference(fixture);
        for (var row = 0; row < 6; row += batch)
        {
            var vectors = model.Run((graph, weights) => new TextTransformer(graph, weights, model.Config).Encode("in"),
                model.Tokens(row, batch), optimization);
            model.AssertClose("text/normalised", vectors, 1e-5, row, batch);
        }
    }
}
