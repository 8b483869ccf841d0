using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>A graph and the weights it draws from, with the layers that towers share.</summary>
internal abstract class Tower(Graph graph, TowerWeights weights)
{
    protected Graph Graph => graph;

    protected TowerWeights Weights => weights;

    /// <summary>x · Wᵀ + b with torch's W.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <returns>[..., outputs].</returns>
    public string Linear(string input, string weight, string bias) =>
        Linear(input, weights.Transposed(weight), weights[bias]);

    /// <summary>Some outputs of it.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <param name="first">The first output.</param>
    /// <param name="count">How many.</param>
    /// <returns>[..., count].</returns>
    public string LinearRows(string input, string weight, string bias, int first, int count) =>
        Linear(input, weights.TransposedRows(weight, first, count), weights.Slice(bias, first, count));

    /// <summary>x · W.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <param name="matrix">[inputs, outputs].</param>
    public string Product(string input, NamedTensor matrix) => graph.Add("MatMul", [input, graph.Weight(matrix, axis: 1)]);

    /// <summary>Attention of many heads.</summary>
    /// <param name="queries">[B, Q, D].</param>
    /// <param name="keys">[B, T, D].</param>
    /// <param name="values">[B, T, D].</param>
    /// <param name="width">D.</param>
    /// <param name="heads">A.</param>
    /// <param name="mask">[Q, T], or [B, 1, Q, T], added to the scores, or null.</param>
    /// <returns>[B, Q, D], the heads side by side.</returns>
    public string Attention(string queries, string keys, string values, int width, int heads, string? mask = null)
    {
        var headWidth = width / heads;
        var scores = graph.Add("MatMul", [Split(queries, 0, 2, 1, 3), Split(keys, 0, 2, 3, 1)]);                // [B, A, Q, T]
        scores = graph.Add("Mul", [scores, graph.Number(1 / MathF.Sqrt(headWidth))]);
        scores = mask is null ? scores : graph.Add("Add", [scores, mask]);
        // [B, A, Q, D/A]
        var mixed = graph.Add("MatMul", [graph.Add("Softmax", [scores], ("axis", -1L)), Split(values, 0, 2, 1, 3)]);
        return graph.Add("Reshape", [Transpose(mixed, 0, 2, 1, 3), graph.Integers(0, 0, width)]);                // [B, Q, D]

        string Split(string tokens, params long[] order) =>
            Transpose(graph.Add("Reshape", [tokens, graph.Integers(0, 0, heads, headWidth)]), order);
    }

    /// <summary>Axes in another order.</summary>
    public string Transpose(string input, params long[] order) => graph.Add("Transpose", [input], ("perm", order));

    /// <summary>Rows of unit length.</summary>
    /// <param name="features">[B, E].</param>
    public string Unit(string features) =>
        graph.Add("Div", [features, graph.Add("ReduceL2", [features, graph.Integers(-1)], ("keepdims", 1L))]);

    private string Linear(string input, NamedTensor matrix, NamedTensor bias) =>
        graph.Add("Add", [Product(input, matrix), graph.Constant(bias)]);
}
