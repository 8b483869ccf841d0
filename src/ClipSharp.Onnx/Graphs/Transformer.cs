namespace ClipSharp.Onnx.Graphs;

/// <summary>A tower of pre-norm blocks: x + attention(norm(x)), then x + mlp(norm(x)) (<c>ResidualAttentionBlock</c> in
/// openai/CLIP).</summary>
internal abstract class Transformer(Graph graph, TowerWeights weights, bool quickGelu) : Tower(graph, weights)
{
    /// <summary>One block.</summary>
    /// <param name="input">[B, T, D].</param>
    /// <param name="name">Such as "transformer.resblocks.0".</param>
    /// <param name="width">D.</param>
    /// <param name="heads">A.</param>
    /// <param name="mask">[T, T], or null.</param>
    /// <returns>[B, T, D].</returns>
    public string Block(string input, string name, int width, int heads, string? mask)
    {
        var normed = LayerNorm(input, name + ".ln_1");
        var joint = Linear(normed, name + ".attn.in_proj_weight", name + ".attn.in_proj_bias");                  // [B, T, 3D]
        var split = Graph.Add("Split", 3, [joint], ("axis", -1L), ("num_outputs", 3L));
        var mixed = Attention(split[0], split[1], split[2], width, heads, mask);
        var attended = Graph.Add("Add", [input, Linear(mixed, name + ".attn.out_proj.weight", name + ".attn.out_proj.bias")]);
        var hidden = Activate(Linear(LayerNorm(attended, name + ".ln_2"), name + ".mlp.c_fc.weight", name + ".mlp.c_fc.bias"));
        return Graph.Add("Add", [attended, Linear(hidden, name + ".mlp.c_proj.weight", name + ".mlp.c_proj.bias")]);
    }

    // ONNX Runtime knows the three operations as one.
    private string Activate(string hidden) => quickGelu
        ? Graph.Add("Mul", [hidden, Graph.Add("Sigmoid", [Graph.Add("Mul", [hidden, Graph.Number(1.702f)])])])
        : Graph.Add("Gelu", [hidden]);
}
