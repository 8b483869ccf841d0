using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The text tower (<c>encode_text</c> in openai/CLIP, <c>TextTransformer</c> in open_clip).</summary>
internal sealed class TextTransformer(Graph graph, TowerWeights weights, ModelConfig config)
    : Transformer(graph, weights, config.TextBlocks)
{
    /// <summary>Token embeddings, behind them the class token where there is one, plus positions.</summary>
    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <param name="length">[T], with a class token [T + 1].</param>
    /// <returns>[B, T, D], with a class token [B, T + 1, D].</returns>
    public string Embed(string ids, string length)
    {
        var tokens = Graph.Add("Gather", [Graph.Weight(Weights["token_embedding.weight"], axis: 0), ids]);
        if (HasClassToken)
        {
            var rows = Graph.Add("Shape", [ids], ("end", 1L));
            var shape = Graph.Add("Concat", [rows, Graph.Integers(1, Blocks.Width)], ("axis", 0L));
            var last = Graph.Add("Expand", [Graph.Constant(Weights["cls_emb"]), shape]);                         // [B, 1, D]
            tokens = Graph.Add("Concat", [tokens, last], ("axis", 1L));
        }

        var positions = Graph.Add("Slice",
            [Graph.Constant(Weights["positional_embedding"]), Graph.Integers(0), length, Graph.Integers(0)]);
        return Graph.Add("Add", [tokens, positions]);
    }

    /// <param name="ids">int64 [B, T], T at most the model's context.</param>
    /// <returns>[B, E], of unit length.</returns>
    public string Encode(string ids)
    {
        var length = Graph.Add("Shape", [ids], ("start", 1L), ("end", 2L));
        length = HasClassToken ? Graph.Add("Add", [length, Graph.Integers(1)]) : length;
        var place = Place(ids);
        var (mask, maskOfRow) = Masks(ids, length, place);
        var row = RunToRow(Embed(ids, length), "transformer", mask, state => Row(state, place), maskOfRow);      // [B, 1, D]
        var feature = Graph.Add("Squeeze", [row, Graph.Integers(1)]);
        return Projected(LayerNorm(feature, "ln_final"), config.Text.Projection, "text_projection");
    }

    // Of all rows and of the one that is read, each null where nothing is hidden. A class token stands last: the causal mask
    // hides nothing from it.
    private (string? Whole, string? OfRow) Masks(string ids, string length, string place)
    {
        var causal = Blocks.IsCausal ? CausalMask(length) : null;                                                // [T, T]
        if (HasClassToken)
        {
            var padding = PaddingMask(ids);                                                                  // [B, 1, 1, T + 1]
            return (causal is null ? padding : Graph.Add("Add", [causal, padding]), padding);
        }

        return (causal, causal is null ? null
            : Graph.Add("Unsqueeze", [Graph.Add("Gather", [causal, place], ("axis", 0L)), Graph.Integers(1)]));
    }

    // Minus infinity where a column is hidden, else 0. The mask of the published models begins with the class token, which stands
    // last, and so hides what follows a padding token, not the token itself (_build_additive_mask in open_clip).
    private string PaddingMask(string ids)
    {
        var padding = config.Text.PaddingId;
        var other = Graph.Index(padding == 0 ? 1 : 0);
        var moved = Graph.Add("Pad", [ids, Graph.Integers(0, 1, 0, 0), other]);                                  // [B, T + 1]
        return Graph.Add("Unsqueeze", [Hidden(Graph.Add("Equal", [moved, Graph.Index(padding)])), Graph.Integers(1, 2)]);
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

    private bool HasOnePlace => config.Text.Pooling is TextPooling.First or TextPooling.Last or TextPooling.ClassToken;

    private bool HasClassToken => config.Text.EmbedCls is true;

    // [T, T]: minus infinity where a column stands behind its row, else 0.
    private string CausalMask(string length)
    {
        var places = Graph.Add("Range", [Graph.Index(0), Graph.Add("Squeeze", [length]), Graph.Index(1)]);       // [T]
        var isLater = Graph.Add("Less",
            [Graph.Add("Unsqueeze", [places, Graph.Integers(1)]), Graph.Add("Unsqueeze", [places, Graph.Integers(0)])]);
        return Hidden(isLater);
    }

    private string Hidden(string isHidden) =>
        Graph.Add("Where", [isHidden, Graph.Number(float.NegativeInfinity), Graph.Number(0)]);
}
