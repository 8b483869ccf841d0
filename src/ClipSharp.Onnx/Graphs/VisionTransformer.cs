using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The ViT image tower (<c>VisionTransformer</c> in openai/CLIP, in open_clip and in timm).</summary>
internal sealed class VisionTransformer(Graph graph, TowerWeights weights, ModelConfig config)
    : Transformer(graph, weights, config.ImageBlocks), IImageTower
{
    private const string Pool = "visual.attn_pool";

    /// <summary>Patches in tokens of width D, the class token before them where there is one, positions added.</summary>
    /// <param name="pixels">[B, 3, H, W], normalised, or from 0 to 255.</param>
    /// <param name="normalization">Mean and deviation, where the pixels are from 0 to 255.</param>
    /// <returns>[B, T, D].</returns>
    public string Embed(string pixels, PreprocessConfig? normalization = null)
    {
        const string convolution = "visual.conv1", positions = "visual.positional_embedding";
        long patch = config.Vision.PatchSize!.Value;
        var hasBias = config.Vision.HasPatchBias;
        var (weight, bias) = normalization is null
            ? (Weights[convolution + ".weight"], hasBias ? Weights[convolution + ".bias"] : null)
            : Weights.OfBytes(convolution, hasBias, normalization);
        var grid = Graph.Add("Conv", bias is null
            ? [pixels, Graph.Constant(weight)]
            : [pixels, Graph.Constant(weight), Graph.Constant(bias)],
            ("kernel_shape", new[] { patch, patch }), ("strides", new[] { patch, patch })); // [B, D, H/P, W/P]
        var patches = Transpose(Graph.Add("Reshape", [grid, Graph.Integers(0, 0, -1)]), 0, 2, 1);                // [B, G, D]
        if (!config.Vision.HasClassToken)
        {
            return Graph.Add("Add", [patches, Graph.Constant(Weights[positions])]);
        }

        // A row of zeros where the class token stands: it comes with the positions.
        var places = Graph.Add("Pad", [patches, Graph.Integers(0, 1, 0, 0, 0, 0)]);                              // [B, G + 1, D]
        return Graph.Add("Add", [places, Graph.Constant(Weights.ClassAndPositions("visual.class_embedding", positions))]);
    }

    /// <inheritdoc/>
    public string Encode(string pixels, PreprocessConfig? normalization = null)
    {
        const string blocks = "visual.transformer";
        var vision = config.Vision;
        var state = Embed(pixels, normalization);
        state = vision.HasNormBefore ? LayerNorm(state, "visual.ln_pre") : state;
        state = vision.Pooling == ImagePooling.ClassToken
            ? RunToRow(state, blocks, mask: null, ClassToken, maskOfRow: null)
            : Run(state, blocks, mask: null);
        // A norm works row by row: of the row that is read alone it is the same.
        var normsPooled = vision.Pooling == ImagePooling.ClassToken || vision.FinalLnAfterPool is true;
        var pooled = normsPooled
            ? LayerNorm(Pooled(state), "visual.ln_post")
            : Pooled(LayerNorm(state, "visual.ln_post"));
        return Projected(pooled, vision.Projection, "visual.proj");
    }

    // [B, T, D] → [B, 1, D].
    private string ClassToken(string tokens) => Graph.Add("Gather", [tokens, Graph.Integers(0)], ("axis", 1L));

    // [B, T, D], or the class token's row alone, → [B, D].
    private string Pooled(string tokens) => config.Vision.Pooling switch
    {
        ImagePooling.ClassToken => Graph.Add("Squeeze", [tokens, Graph.Integers(1)]),
        ImagePooling.Average => Graph.Add("ReduceMean", [Patches(tokens), Graph.Integers(1)], ("keepdims", 0L)),
        _ => Graph.Add("Squeeze", [Asked(tokens), Graph.Integers(1)]),
    };

    private string Patches(string tokens) => config.Vision.HasClassToken
        ? Graph.Add("Slice", [tokens, Graph.Integers(1), Graph.Integers(int.MaxValue), Graph.Integers(1)])
        : tokens;

    // The learnt query is the same for every picture: what it asks is a constant.
    private string Asked(string tokens)
    {
        var width = Blocks.Width;
        var joint = LinearRows(tokens, Pool + ".in_proj_weight", Pool + ".in_proj_bias", width, 2 * width);      // [B, T, 2D]
        var split = Graph.Add("Split", 2, [joint], ("axis", -1L), ("num_outputs", 2L));
        var query = Graph.Constant(Weights.Query(Pool));                                                         // [1, 1, D]
        var mixed = Attention(query, split[0], split[1], width, Blocks.Heads);                                   // [B, 1, D]
        var answer = Linear(mixed, Pool + ".out_proj.weight", Pool + ".out_proj.bias");
        return Graph.Add("Add", [answer, Perceptron(LayerNorm(answer, Pool + ".ln"), Pool + ".mlp")]);
    }
}
