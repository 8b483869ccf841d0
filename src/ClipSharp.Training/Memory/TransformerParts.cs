using ClipSharp.Models;

namespace ClipSharp.Training.Memory;

/// <summary>The parts of the two Transformer towers as <c>ClipSharp.Torch.Towers</c> computes them. What flows between blocks is float32; in
/// mixed precision products read and write 16 bits, and a product keeps the 16-bit copy of its input, not the float32 original.</summary>
internal static class TransformerParts
{
    private const int Float = sizeof(float);

    /// <summary>The image tower: patches, blocks, class token.</summary>
    public static IReadOnlyList<TowerPart> Image(VisionConfig vision, int embedDim, bool quickGelu, TowerFormats formats)
    {
        long patches = (long)vision.Grid * vision.Grid, width = vision.Width, pixels = 3L * vision.ImageSize * vision.ImageSize;
        var kept = vision.PatchDropout > 0 ? Math.Max(1, (int)(patches * (1 - vision.PatchDropout))) : patches;
        var state = Float * (kept + 1) * width;
        var number = formats.Number;

        // Kept: the cut patches (input of the first product) and the sum that the first norm reads; with patch dropout also what was chosen
        // from. Not kept: normalised pixels, float32 patches where products are 16 bits, patch embeddings, their join with the class token.
        var all = Float * (patches + 1) * width;
        var graph = (number * pixels) + state + (kept < patches ? all : 0);
        var loose = (Float * pixels) + (formats.IsHalf ? Float * pixels : 0) + (number * patches * width) + (number * (patches + 1) * width);
        return
        [
            new TowerPart(0, graph, loose + state, graph + loose + state, state, formats.Casts(pixels / patches * width),
                formats.Gradient(pixels / patches * width)),
            .. Blocks(kept + 1, width, vision.MlpWidth, vision.Heads, vision.Layers[0], quickGelu, formats),
            End(state, width, embedDim, formats),
        ];
    }

    /// <summary>The text tower, at its full context: a batch is cut to its longest caption and takes less.</summary>
    public static IReadOnlyList<TowerPart> Text(TextConfig text, int embedDim, bool quickGelu, TowerFormats formats)
    {
        var state = (long)Float * text.ContextLength * text.Width;

        // Of looking tokens up and adding positions only the ids are kept; the gradient of the vocabulary is made whole.
        return
        [
            new TowerPart(0, 0, 2 * state, 2 * state, state, WeightGradient: formats.Weight * (long)text.VocabSize * text.Width),
            .. Blocks(text.ContextLength, text.Width, text.MlpWidth, text.Heads, text.Layers, quickGelu, formats),
            End(state, text.Width, embedDim, formats),
        ];
    }

    private static IEnumerable<TowerPart> Blocks(long tokens, long width, long hidden, long heads, int layers, bool quickGelu, TowerFormats formats)
    {
        var state = Float * tokens * width;
        var activation = formats.Number * tokens * width;
        var wide = formats.Number * tokens * hidden;
        var norms = formats.IsHalf ? 2 * state : 0;              // in float32, where the products keep 16-bit copies
        var scores = formats.IsHalf ? formats.Number * heads * tokens * tokens : 0;   // whole in 16 bits, never whole in float32
        var block = new TowerPart(
            Input: state,                                        // read by the first norm
            Graph: activation                                    // normed: input of the joint projection
                + (3 * activation)                               // queries, keys, values
                + activation                                     // attention's result: input of the output projection
                + state                                          // the sum that the second norm reads
                + activation                                     // normed: input of the perceptron
                + (2 * wide)                                     // before and after the activation function
                + (formats.IsHalf ? scores : Float * tokens * heads) // attention's weights, or their log-sums
                + (Float * tokens * 4),                          // mean and deviation of two norms
            Forward: norms + state + (2 * activation),           // at the end: the output, both branches' results
            Alone: (3 * state) + (2 * activation) + (2 * wide),  // both norms, the sum; attention's result; hidden, active and projected numbers
            Backward: Math.Max(
                state + (formats.IsHalf ? activation : 0) + wide, // at the end: from above, in 16 bits too; of the hidden numbers
                quickGelu ? (3 * activation) + (2 * scores) + wide : 0), // in attention, see below
            Casts: formats.Casts((4 * width * width) + (2 * width * hidden)),
            WeightGradient: formats.Gradient(width * Math.Max(hidden, 3 * width)));

        // When backward is in attention, it has let go the sum, the second norm and the active numbers, and holds the gradient of the sum, of
        // attention's result and of queries, keys and values. QuickGelu's input and its two gradients live until the pass is over.
        return Enumerable.Repeat(block, layers);
    }

    // The row that is read keeps the whole state alive, and its gradient is as large. Vectors of a row: read, normed, projected, of unit length.
    private static TowerPart End(long state, long width, long embedDim, TowerFormats formats)
    {
        var vectors = Float * ((2 * width) + (3 * embedDim));
        return new TowerPart(state, vectors, Float * embedDim, vectors, state, formats.Casts(width * embedDim), formats.Gradient(width * embedDim));
    }
}
