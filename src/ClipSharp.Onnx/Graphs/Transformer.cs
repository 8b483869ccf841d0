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
    /// <param name="mask">[T, T], or null.</param>
    /// <returns>[B, T, D].</returns>
    public string Run(string input, string name, string? mask)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            input = Block(input, $"{name}.resblocks.{i}", mask);
        }

        return input;
    }

    /// <summary>One block.</summary>
    /// <param name="input">[B, T, D].</param>
    /// <param name="name">Such as "transformer.resblocks.0".</param>
    /// <param name="mask">[T, T], or null.</param>
    /// <returns>[B, T, D].</returns>
    public string Block(string input, string name, string? mask)
    {
        var normed = LayerNorm(input, name + ".ln_1");
        var joint = Linear(normed, name + ".attn.in_proj_weight", name + ".attn.in_proj_bias");                  // [B, T, 3D]
        var split = Graph.Add("Split", 3, [joint], ("axis", -1L), ("num_outputs", 3L));
        var mixed = Attention(split[0], split[1], split[2], blocks.Width, blocks.Heads, mask);
        var answer = Linear(mixed, name + ".attn.out_proj.weight", name + ".attn.out_proj.bias");
        var attended = Graph.Add("Add", [input, Scaled(answer, name + ".ls_1")]);
        var hidden = Perceptron(LayerNorm(attended, name + ".ln_2"), name + ".mlp");
        return Graph.Add("Add", [attended, Scaled(hidden, name + ".ls_2")]);
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
            pooled = Graph.Add("MatMul", [pooled, Graph.Constant(Weights[name])]);
        }

        return Unit(kind == ProjectionKind.Biased ? Graph.Add("Add", [pooled, Graph.Constant(Weights[name + "_bias"])]) : pooled);
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
