using ClipSharp.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Tests.Graphs;

/// <summary>Features of further families and of single options, from their graphs.</summary>
public sealed class FamilyTowerTests
{
    public static TheoryData<string> Places => [.. ReferenceFamilies.Places];

    [Theory]
    [MemberData(nameof(Places))]
    public void Vectors_equal_the_reference(string place)
    {
        using var model = TinyReference.OfFamily(place);
        foreach (var optimization in new[] { GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_ALL })
        {
            var pictures = model.Run((graph, weights) => OnnxExporter.ImageTower(graph, weights, model.Config).Encode("in"),
                model.Pixels(0, model.Rows), optimization);
            model.AssertClose("vision/normalised", pictures, 1e-5, 0, model.Rows);
            var texts = model.Run((graph, weights) => new TextTransformer(graph, weights, model.Config).Encode("in"),
                model.Tokens(0, model.Rows), optimization);
            model.AssertClose("text/normalised", texts, 1e-5, 0, model.Rows);
        }
    }
}
