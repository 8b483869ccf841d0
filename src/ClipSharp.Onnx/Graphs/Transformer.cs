using ClipSharp.Models.Towers;

namespace ClipSharp.Onnx.Graphs;

/// <summary>A tower of pre-norm blocks: x + attention(norm(x)), then x + mlp(norm(x)) (<c>ResidualAttentionBlock</c> in
/// openai/CLIP).</summary>
internal abstract class Transformer(Graph graph, TowerWeights weights, BlockStack blocks) : Tower(graph, weights)
{
    protected BlockStack Blocks => blocks;

    /// <summary>Norm over the last axis.</summary>
    public string LayerNorm(string input, string name) => Graph.Add("LayerNormalization",
        [input, Graph.Constant(Weights[name + ".weight"]), Graph.Constant(Weights[name + ".bias"])], ("axis", -1L),
        ("epsilon", (float)blocks.Epsilon));

    /// <summary>All blocks.</summary>
    /// <param name="input">[B, T, D].</param>
    /// <param name="name">Such as "transformer".</param>
    /// <param name="mask">[T, T], or [B, 1, T, T], or null.</param>
    /// <returns>[B, T, D].</returns>
    public string Run(string input, string name, string? mask) => Run(input, name, mask, blocks.Count);

    /// <summary>All blocks, of the last one only a row a picture or text: from a single row a feature is made.</summary>
    /// <param name="input">[B, T, D].</param>
    /// <param name="name">Such as "transformer".</param>
    /// <param name="mask">[T, T], or [B, 1, T, T], or null.</param>
    /// <param name="row">Adds what takes the row: from [B, T, D] to [B, 1, D].</param>
    /// <param name="maskOfRow">[B, 1, 1, T], or [1, 1, T] where it is the same of all; null where mask is.</param>
    /// <returns>[B, 1, D].</returns>
    public string RunToRow(string input, string name, string? mask, Func<string, string> row, string? maskOfRow)
    {
        var last = $"{name}.resblocks.{blocks.Count - 1}";
        var state = Run(input, name, mask, blocks.Count - 1);
        var normed = LayerNorm(state, last + ".ln_1");
        var (weight, bias, width) = (last + ".attn.in_proj_weight", last + ".attn.in_proj_bias", blocks.Width);
        var query = LinearRows(row(normed), weight, bias, 0, width);                                             // [B, 1, D]
        var joint = LinearRows(normed, weight, bias, width, 2 * width);                                          // [B, T, 2D]
        var split = Graph.Add("Split", 2, [joint], ("axis", -1L), ("num_outputs", 2L));
        return Rest(row(state), Attention(query, split[0], split[1], width, blocks.Heads, maskOfRow), last);
    }

    /// <summary>One block.</summary>
    /// <param name="input">[B, T, D].</param>
    /// <param name="name">Such as "transformer.resblocks.0".</param>
    /// <param name="mask">[T, T], or [B, 1, T, T], or null.</param>
    /// <returns>[B, T, D].</returns>
    public string Block(string input, string name, string? mask)
    {
        var normed = LayerNorm(input, name + ".ln_1");
        var joint = Linear(normed, name + ".attn.in_proj_weight", name + ".attn.in_proj_bias");                  // [B, T, 3D]
        var split = Graph.Add("Split", 3, [joint], ("axis", -1L), ("num_outputs", 3L));
        return Rest(input, Attention(split[0], split[1], split[2], blocks.Width, blocks.Heads, mask), name);
    }

    /// <summary>Two linear maps with an activation between.</summary>
    /// <param name="input">[..., D].</param>
    /// <param name="name">Such as "transformer.resblocks.0.mlp".</param>
    public string Perceptron(string input, string name) => Linear(
        Activate(Linear(input, name + ".c_fc.weight", name + ".c_fc.bias")), name + ".c_proj.weight", name + ".c_proj.bias");

    /// <summary>Into the joint space.</summary>
    /// <param name="pooled">[B, D].</param>
    /// <param name="kind">How.</param>
    /// <param name="name">Of the matrix.</param>
    /// <returns>[B, E], of unit length.</returns>
    public string Projected(string pooled, ProjectionKind kind, string name)
    {
        if (kind != ProjectionKind.None)
        {
            pooled = Product(pooled, Weights[name]);
        }

        return Unit(kind == ProjectionKind.Biased ? Graph.Add("Add", [pooled, Graph.Constant(Weights[name + "_bias"])]) : pooled);
    }

    private string Run(string input, string name, string? mask, int count)
    {
        for (var i = 0; i < count; i++)
        {
            input = Block(input, $"{name}.resblocks.{i}", mask);
        }

        return input;
    }

    // What follows the attention of a block: rows do not meet any more.
    private string Rest(string input, string mixed, string name)
    {
        var answer = Linear(mixed, name + ".attn.out_proj.weight", name + ".attn.out_proj.bias");
        var attended = Graph.Add("Add", [input, Scaled(answer, name + ".ls_1")]);
        var hidden = Perceptron(LayerNorm(attended, name + ".ln_2"), name + ".mlp");
        return Graph.Add("Add", [attended, Scaled(hidden, name + ".ls_2")]);
    }

    private string Scaled(string branch, string name) =>
        blocks.LayerScale is null ? branch : Graph.Add("Mul", [branch, Graph.Constant(Weights[name + ".gamma"])]);

    // ONNX Runtime knows QuickGELU's three operations as one.
    private string Activate(string hidden) => blocks.Activation switch
    {
        Activation.QuickGelu =>
            Graph.Add("Mul", [hidden, Graph.Add("Sigmoid", [Graph.Add("Mul", [hidden, Graph.Number(1.702f)])])]),
        Activation.TanhGelu => Graph.Add("Gelu", [hidden], ("approximate", "tanh")),
        _ => Graph.Add("Gelu", [hidden]),
    };
}
