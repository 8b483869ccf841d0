using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>The ResNet image tower (paper 2.4; <c>ModifiedResNet</c> in openai/CLIP). Batch norms are folded into the
/// convolutions before them.</summary>
internal sealed class ModifiedResNet(Graph graph, TowerWeights weights, ModelConfig config) : Tower(graph, weights), IImageTower
{
    /// <summary>Three convolutions and a 2 × 2 average pool.</summary>
    /// <param name="pixels">[B, 3, S, S], normalised, or from 0 to 255.</param>
    /// <param name="normalization">Mean and deviation, where the pixels are from 0 to 255.</param>
    /// <returns>[B, width, S / 4, S / 4].</returns>
    public string Stem(string pixels, PreprocessConfig? normalization = null)
    {
        // The border of zeros is the mean colour: the mean is taken off first, the deviation goes into the weights.
        pixels = normalization is null ? pixels : Graph.Add("Sub", [pixels, Graph.Constant(TowerWeights.Mean(normalization))]);
        var (weight, bias) = Weights.Folded("visual.conv1", "visual.bn1", normalization);
        var state = Relu(Convolution(pixels, weight.Shape[2], Graph.Constant(weight), bias, stride: 2));
        state = Relu(Convolution(state, "visual.conv2", "visual.bn2"));
        return Shrink(Relu(Convolution(state, "visual.conv3", "visual.bn3")));
    }

    /// <summary>A stage of bottlenecks.</summary>
    /// <param name="state">[B, C, H, W].</param>
    /// <param name="stage">From 0.</param>
    /// <returns>Half the side from the second stage on.</returns>
    public string Stage(string state, int stage)
    {
        for (var i = 0; i < config.Vision.Layers[stage]; i++)
        {
            state = Bottleneck(state, $"visual.layer{stage + 1}.{i}", isFirst: i == 0, shrinks: i == 0 && stage > 0);
        }

        return state;
    }

    /// <summary>One attention whose only query is the grid's mean.</summary>
    /// <param name="grid">[B, C, G, G].</param>
    /// <returns>[B, E].</returns>
    public string Pool(string grid)
    {
        const string name = "visual.attnpool.";
        var vision = config.Vision;
        var cells = Transpose(Graph.Add("Reshape", [grid, Graph.Integers(0, 0, -1)]), 0, 2, 1);                  // [B, G², C]
        var mean = Graph.Add("ReduceMean", [cells, Graph.Integers(1)], ("keepdims", 1L));                        // [B, 1, C]
        var tokens = Graph.Add("Add", [Graph.Add("Concat", [mean, cells], ("axis", 1L)),
            Graph.Constant(Weights[name + "positional_embedding"])]);                                            // [B, G² + 1, C]
        var first = Graph.Add("Gather", [tokens, Graph.Integers(0)], ("axis", 1L));                              // [B, 1, C]
        var mixed = Attention(Project(first, "q_proj"), Project(tokens, "k_proj"), Project(tokens, "v_proj"),
            vision.FeatureWidth, vision.Heads);                                                                  // [B, 1, C]
        return Graph.Add("Squeeze", [Project(mixed, "c_proj"), Graph.Integers(1)]);

        string Project(string input, string layer) => Linear(input, $"{name}{layer}.weight", $"{name}{layer}.bias");
    }

    /// <inheritdoc/>
    public string Encode(string pixels, PreprocessConfig? normalization = null)
    {
        var state = Stem(pixels, normalization);
        for (var stage = 0; stage < config.Vision.Layers.Count; stage++)
        {
            state = Stage(state, stage);
        }

        return Unit(Pool(state));
    }

    // Strides are average pools before the last convolution, in the shortcut too (anti-aliased, Zhang 2019).
    private string Bottleneck(string input, string name, bool isFirst, bool shrinks)
    {
        var state = Relu(Convolution(input, name + ".conv1", name + ".bn1"));
        state = Relu(Convolution(state, name + ".conv2", name + ".bn2"));
        state = Convolution(shrinks ? Shrink(state) : state, name + ".conv3", name + ".bn3");
        var shortcut = isFirst
            ? Convolution(shrinks ? Shrink(input) : input, name + ".downsample.0", name + ".downsample.1")
            : input;
        return Relu(Graph.Add("Add", [state, shortcut]));
    }

    private string Convolution(string input, string name, string norm)
    {
        var (weight, bias) = Weights.Folded(name, norm);
        return Convolution(input, weight.Shape[2], Graph.Weight(weight, 0), bias);
    }

    private string Convolution(string input, long kernel, string weight, NamedTensor bias, long stride = 1)
    {
        var border = kernel / 2;
        return Graph.Add("Conv", [input, weight, Graph.Constant(bias)],
            ("kernel_shape", new[] { kernel, kernel }),
            ("pads", new[] { border, border, border, border }), ("strides", new[] { stride, stride }));
    }

    private string Relu(string input) => Graph.Add("Relu", [input]);

    private string Shrink(string input) =>
        Graph.Add("AveragePool", [input], ("kernel_shape", new[] { 2L, 2L }), ("strides", new[] { 2L, 2L }));
}
