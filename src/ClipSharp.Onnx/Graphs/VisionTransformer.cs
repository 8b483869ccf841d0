using ClipSharp.Models;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The ViT image tower (<c>VisionTransformer</c> in openai/CLIP).</summary>
internal sealed class VisionTransformer(Graph graph, TowerWeights weights, ModelConfig config)
    : Transformer(graph, weights, config.QuickGelu), IImageTower
{
    /// <summary>Patches in tokens of width D, the class token before them, positions added.</summary>
    /// <param name="pixels">[B, 3, S, S], normalised.</param>
    /// <returns>[B, G² + 1, D].</returns>
    public string Embed(string pixels)
    {
        long patch = config.Vision.PatchSize!.Value;
        var grid = Graph.Add("Conv", [pixels, Graph.Constant(Weights["visual.conv1.weight"])],
            ("kernel_shape", new[] { patch, patch }), ("strides", new[] { patch, patch }));                      // [B, D, G, G]
        var patches = Transpose(Graph.Add("Reshape", [grid, Graph.Integers(0, 0, -1)]), 0, 2, 1);                // [B, G², D]
        // A row of zeros where the class token stands: it comes with the positions.
        var places = Graph.Add("Pad", [patches, Graph.Integers(0, 1, 0, 0, 0, 0)]);                              // [B, G² + 1, D]
        return Graph.Add("Add",
            [places, Graph.Constant(Weights.ClassAndPositions("visual.class_embedding", "visual.positional_embedding"))]);
    }

    /// <inheritdoc/>
    public string Encode(string pixels)
    {
        var vision = config.Vision;
        var state = LayerNorm(Embed(pixels), "visual.ln_pre");
        for (var i = 0; i < vision.Layers[0]; i++)
        {
            state = Block(state, $"visual.transformer.resblocks.{i}", vision.Width, vision.Heads, mask: null);
        }

        var first = Graph.Add("Gather", [state, Graph.Index(0)], ("axis", 1L));                                  // [B, D]
        return Unit(Graph.Add("MatMul", [LayerNorm(first, "visual.ln_post"), Graph.Constant(Weights["visual.proj"])]));
    }
}
