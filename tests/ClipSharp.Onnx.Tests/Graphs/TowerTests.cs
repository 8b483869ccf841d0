using ClipSharp.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Tests.Graphs;

/// <summary>The graphs of both towers against values that PyTorch computed, at the tolerance their README asks for.</summary>
public sealed class TowerTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string, int, GraphOptimizationLevel> Cases =>
        new MatrixTheoryData<string, int, GraphOptimizationLevel>(
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
            model.AssertClose("vision/normalised", vectors, Tolerance, row, batch);
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
            model.AssertClose("text/normalised", vectors, Tolerance, row, batch);
        }
    }

    [Fact]
    public void The_stages_of_a_ViT_equal_the_reference()
    {
        using var model = new TinyReference("vit-tiny");
        var pixels = model.Pixels();
        VisionTransformer Tower(Graph graph, TowerWeights weights) => new(graph, weights, model.Config);

        model.AssertClose("vision/embedded", model.Run((graph, weights) => Tower(graph, weights).Embed("in"), pixels), Tolerance);
        model.AssertClose("vision/block_0", model.Run((graph, weights) =>
        {
            var tower = Tower(graph, weights);
            return tower.Block(tower.LayerNorm(tower.Embed("in"), "visual.ln_pre"), "visual.transformer.resblocks.0", null);
        }, pixels), Tolerance);
    }

    [Fact]
    public void The_stages_of_a_ResNet_equal_the_reference()
    {
        using var model = new TinyReference("rn-tiny");
        for (var stages = 0; stages <= 4; stages++)
        {
            var got = model.Run((graph, weights) =>
            {
                var tower = new ModifiedResNet(graph, weights, model.Config);
                return Enumerable.Range(0, stages).Aggregate(tower.Stem("in"), tower.Stage);
            }, model.Pixels());
            model.AssertClose(stages == 0 ? "vision/stem" : $"vision/layer{stages}", got, Tolerance);
        }
    }

    [Theory]
    [InlineData("vit-tiny", "gelu")]
    [InlineData("vit-tiny", "heads")]
    [InlineData("rn-tiny", "gelu")]
    public void Variants_equal_the_reference(string fixture, string variant)
    {
        using var model = new TinyReference(fixture);
        using var want = Fixtures.OpenSafetensors($"{fixture}/variants.safetensors");
        var config = variant == "gelu"
            ? model.Config with { QuickGelu = false }
            : model.Config with
            {
                Vision = model.Config.Vision with { HeadWidth = 32 },
                Text = model.Config.Text with { Heads = 4 }
            };
        AssertUnit("vision", model.Run((graph, weights) => OnnxExporter.ImageTower(graph, weights, config).Encode("in"),
            model.Pixels()));
        AssertUnit("text", model.Run((graph, weights) => new TextTransformer(graph, weights, config).Encode("in"),
            model.Tokens()));

        void AssertUnit(string tower, float[] got)
        {
            var name = $"{variant}/{tower}/projected";
            var width = (int)want.Tensors[name].Shape[1];
            foreach (var (row, vector) in want.ReadFloats(name).Chunk(width).Index())
            {
                var length = Math.Sqrt(vector.Sum(x => (double)x * x));
                Near.Assert(name, vector.Select(x => (float)(x / length)).ToArray(), got.AsSpan(row * width, width), Tolerance);
            }
        }
    }

    [Fact]
    public void Tokens_behind_the_last_end_token_may_be_left_out()
    {
        using var model = new TinyReference("vit-tiny");
        var (ids, shape) = model.Tokens(1, 1); // the empty text: start, end, padding
        var whole = model.Run((graph, weights) => new TextTransformer(graph, weights, model.Config).Encode("in"), (ids, shape));
        var cut = model.Run((graph, weights) => new TextTransformer(graph, weights, model.Config).Encode("in"),
            (ids[..2], [1, 2]));
        Near.Assert("cut", whole, cut, Tolerance);
    }
}
