using ClipSharp.Models;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The text tower: token t sees tokens 0 to t only; the feature is read at the first end token, which is where a text
/// has its largest id (<c>encode_text</c> in openai/CLIP).</summary>
internal sealed class TextTransformer(Graph graph, TowerWeights weights, ModelConfig config)
    : Transformer(graph, weights, config.QuickGelu)
{
    /// <summary>Token embeddings plus positions.</summary>
    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <param name="length">[T].</param>
    /// <returns>[B, T, D].</returns>
    public string Embed(string ids, string length)
    {
        var tokens = Graph.Add("Gather", [Graph.Constant(Weights["token_embedding.weight"]), ids]);
        var positions = Graph.Add("Slice",
            [Graph.Constant(Weights["positional_embedding"]), Graph.Integers(0), length, Graph.Integers(0)]);
        return Graph.Add("Add", [tokens, positions]);
    }

    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <returns>[B, E], of unit length.</returns>
    public string Encode(string ids)
    {
        var length = Graph.Add("Shape", [ids], ("start", 1L), ("end", 2L));
        var mask = CausalMask(length);
        var state = Embed(ids, length);
        for (var i = 0; i < config.Text.Layers; i++)
        {
            state = Block(state, $"transformer.resblocks.{i}", config.Text.Width, config.Text.Heads, mask);
        }

        // [B, 1]
        var end = Graph.Add("ArgMax", [Graph.Add("Cast", [ids], ("to", OnnxFile.Int32))], ("axis", 1L), ("keepdims", 1L));
        var row = Graph.Add("GatherND", [state, end], ("batch_dims", 1L));                                       // [B, D]
        return Unit(Graph.Add("MatMul", [LayerNorm(row, "ln_final"), Graph.Constant(Weights["text_projection"])]));
    }

    // [T, T]: minus infinity where a column stands behind its row, else 0.
    private string CausalMask(string length)
    {
        var places = Graph.Add("Range", [Graph.Index(0), Graph.Add("Squeeze", [length]), Graph.Index(1)]);       // [T]
        var isLater = Graph.Add("Less",
            [Graph.Add("Unsqueeze", [places, Graph.Integers(1)]), Graph.Add("Unsqueeze", [places, Graph.Integers(0)])]);
        return Graph.Add("Where", [isLater, Graph.Number(float.NegativeInfinity), Graph.Number(0)]);
    }
}
