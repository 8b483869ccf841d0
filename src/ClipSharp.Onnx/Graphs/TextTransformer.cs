using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The text tower (<c>encode_text</c> in openai/CLIP, <c>TextTransformer</c> in open_clip).</summary>
internal sealed class TextTransformer(Graph graph, TowerWeights weights, ModelConfig config)
    : Transformer(graph, weights, config.TextBlocks)
{
    /// <summary>Token embeddings plus positions.</summary>
    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <param name="length">[T].</param>
    /// <returns>[B, T, D].</returns>
    public string Embed(string ids, string length)
    {
        var tokens = Graph.Add("Gather", [Graph.Weight(Weights["token_embedding.weight"], axis: 0), ids]);
        var positions = Graph.Add("Slice",
            [Graph.Constant(Weights["positional_embedding"]), Graph.Integers(0), length, Graph.Integers(0)]);
        return Graph.Add("Add", [tokens, positions]);
    }

    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <returns>[B, E], of unit length.</returns>
    public string Encode(string ids)
    {
        var length = Graph.Add("Shape", [ids], ("start", 1L), ("end", 2L));
        var place = Place(ids);
        var mask = Blocks.IsCausal ? CausalMask(length) : null;
        var maskOfRow = mask is null ? null
            : Graph.Add("Unsqueeze", [Graph.Add("Gather", [mask, place], ("axis", 0L)), Graph.Integers(1)]);
        var row = RunToRow(Embed(ids, length), "transformer", mask, state => Row(state, place), maskOfRow);      // [B, 1, D]
        var feature = Graph.Add("Squeeze", [row, Graph.Integers(1)]);
        return Projected(LayerNorm(feature, "ln_final"), config.Text.Projection, "text_projection");
    }

    // Where the feature is read: [B, 1], or [1] where it is the same place in all texts.
    private string Place(string ids)
    {
        if (HasOnePlace)
        {
            return Graph.Integers(config.Text.Pooling == TextPooling.First ? 0 : -1);
        }

        // The first of the largest: where a text has its largest id, or where it is the end token.
        var sought = config.Text.Pooling == TextPooling.End
            ? Graph.Add("Equal", [ids, Graph.Index(config.Text.EosId ?? TextConfig.DefaultEos)])
            : ids;
        return Graph.Add("ArgMax", [Graph.Add("Cast", [sought], ("to", OnnxFile.Int32))], ("axis", 1L), ("keepdims", 1L));
    }

    // [B, T, D] → [B, 1, D].
    private string Row(string state, string place) => HasOnePlace
        ? Graph.Add("Gather", [state, place], ("axis", 1L))
        : Graph.Add("Unsqueeze", [Graph.Add("GatherND", [state, place], ("batch_dims", 1L)), Graph.Integers(1)]);

    private bool HasOnePlace => config.Text.Pooling is TextPooling.First or TextPooling.Last;

    // [T, T]: minus infinity where a column stands behind its row, else 0.
    private string CausalMask(string length)
    {
        var places = Graph.Add("Range", [Graph.Index(0), Graph.Add("Squeeze", [length]), Graph.Index(1)]);       // [T]
        var isLater = Graph.Add("Less",
            [Graph.Add("Unsqueeze", [places, Graph.Integers(1)]), Graph.Add("Unsqueeze", [places, Graph.Integers(0)])]);
        return Graph.Add("Where", [isLater, Graph.Number(float.NegativeInfinity), Graph.Number(0)]);
    }
}
