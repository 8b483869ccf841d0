using ClipSharp.Models;
using ClipSharp.Torch.Kernels;

namespace ClipSharp.Training.Memory;

/// <summary>One part of a tower's chain on a tape: from what enters to what leaves.</summary>
internal delegate Value TapePart(Tape tape, Value input);

/// <summary>The two Transformer towers, operation by operation as <c>ClipSharp.Torch.Towers</c> computes them. What flows between
/// blocks is float32; in mixed precision products read and write 16 bits.</summary>
/// <param name="width">D.</param>
/// <param name="heads">A.</param>
/// <param name="hidden">Width of the perceptrons.</param>
/// <param name="quickGelu">Whether their activation is QuickGELU.</param>
/// <param name="embedDim">E.</param>
/// <param name="formats">In what they compute.</param>
/// <param name="rows">B.</param>
internal sealed class TransformerTape(long width, long heads, long hidden, bool quickGelu, long embedDim, TowerFormats formats,
    long rows)
{
    private const int Float = sizeof(float);

    /// <summary>The image tower: patches, blocks, class token.</summary>
    /// <param name="config">The model.</param>
    /// <param name="formats">In what it computes.</param>
    /// <param name="rows">B.</param>
    /// <param name="isTrained">Whether a layer is, as <see cref="TowerLayers"/> counts them.</param>
    public static IReadOnlyList<TapePart> Image(ModelConfig config, TowerFormats formats, long rows, Func<int, bool> isTrained)
    {
        var vision = config.Vision;
        var tower = new TransformerTape(vision.Width, vision.Heads, vision.MlpWidth, config.QuickGelu, config.EmbedDim, formats,
            rows);
        long patches = (long)vision.Grid * vision.Grid;
        var kept = vision.PatchDropout > 0 ? Math.Max(1, (int)(patches * (1 - vision.PatchDropout))) : patches;
        return
        [
            (tape, _) => tower.Patches(tape, patches, kept, 3L * vision.ImageSize * vision.ImageSize, isTrained(0)),
            .. tower.Blocks(vision.Layers[0], kept + 1, isTrained),
            (tape, state) => tower.End(tape, state, vision.Layers[0], isTrained),
        ];
    }

    /// <summary>The text tower, at its full context: a batch is cut to its longest caption and takes less.</summary>
    /// <param name="config">The model.</param>
    /// <param name="formats">In what it computes.</param>
    /// <param name="rows">B.</param>
    /// <param name="isTrained">Whether a layer is, as <see cref="TowerLayers"/> counts them.</param>
    public static IReadOnlyList<TapePart> Text(ModelConfig config, TowerFormats formats, long rows, Func<int, bool> isTrained)
    {
        var text = config.Text;
        var tower = new TransformerTape(text.Width, text.Heads, text.MlpWidth, config.QuickGelu, config.EmbedDim, formats, rows);
        return
        [
            (tape, _) => tower.Tokens(tape, text.ContextLength, text.VocabSize, isTrained(0)),
            .. tower.Blocks(text.Layers, text.ContextLength, isTrained),
            (tape, state) => tower.End(tape, state, text.Layers, isTrained),
        ];
    }

    private IEnumerable<TapePart> Blocks(int count, long tokens, Func<int, bool> isTrained) =>
        Enumerable.Range(1, count).Select(layer => (TapePart)((tape, input) => Block(tape, input, tokens, isTrained(layer))));

    private Value Patches(Tape tape, long patches, long kept, long pixels, bool isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        _ = layers.Numbers(Float * rows * pixels);                                                       // normalised
        var embedded = tape.Scope(() =>
            layers.Linear(layers.Numbers(Float * rows * pixels), rows * patches, pixels / patches, width, isTrained));
        var placed = tape.Scope(() =>
        {
            var joined = tape.Run(formats.Number * rows * (patches + 1) * width, new Operation { Inputs = [embedded] });
            return layers.Sum(Positioned(rows * (patches + 1)), joined);
        });
        if (kept < patches)
        {
            var chosen = tape.Run(Float * rows * kept * width, new Operation { Inputs = [placed], Saves = [placed] });
            placed = tape.Run(Float * rows * (kept + 1) * width, new Operation { Inputs = [chosen] });
        }

        return layers.Norm(placed, rows * (kept + 1), isTrained);
    });

    private Value Tokens(Tape tape, long tokens, long vocabulary, bool isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        var (count, state) = (rows * tokens * width, Positioned(rows * tokens));
        var found = tape.Run(formats.Weight * count, new Operation
        {
            IsTrained = isTrained,
            BackwardWork = formats.Weight * vocabulary * width, // the vocabulary's gradient is made whole
            Gradients = isTrained ? formats.Weight * vocabulary * width : 0,
        });
        var wide = formats.HasHalfWeights ? tape.Run(Float * count, new Operation { Inputs = [found] }) : found;
        return layers.Sum(state, wide);
    });

    private Value Block(Tape tape, Value input, long tokens, bool isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        var all = rows * tokens;
        var attended = layers.Sum(input, Attention(tape, layers.Norm(input, all, isTrained), tokens, isTrained));
        return layers.Sum(attended, Perceptron(tape, layers.Norm(attended, all, isTrained), all, isTrained));
    });

    private Value Attention(Tape tape, Value normed, long tokens, bool isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        var all = rows * tokens;
        var split = layers.View(layers.Linear(normed, all, width, 3 * width, isTrained), 3 * formats.Number * all * width);
        Value Third() => layers.View(split, formats.Number * all * width);
        var attended = formats.IsHalf
            ? layers.Copy(layers.AttendWhole(Third(), Third(), Third(), all * heads * tokens))
            : layers.Attend(Third(), Third(), Third(), all * heads);
        return layers.Linear(attended, all, width, width, isTrained);
    });

    private Value Perceptron(Tape tape, Value normed, long all, bool isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        var wide = layers.Linear(normed, all, width, hidden, isTrained);
        var active = tape.Run(wide.Bytes, new Operation
        {
            Inputs = [wide],
            Saves = [wide],
            Lingers = quickGelu,
            // By operations there are the argument and its logistic function too.
            BackwardWork = quickGelu && !QuickGeluKernel.IsAvailable ? 2 * wide.Bytes : 0,
        });
        return layers.Linear(active, all, hidden, width, isTrained);
    });

    // The row that is read keeps the whole state alive, and its gradient is as large.
    private Value End(Tape tape, Value state, int blocks, Func<int, bool> isTrained) => tape.Scope(() =>
    {
        var layers = new TapeLayers(tape, formats);
        var row = layers.View(state, Float * rows * width);
        var normed = layers.Norm(row, rows, isTrained(blocks));
        return layers.Unit(layers.Projection(normed, rows, width, embedDim, isTrained(blocks + 1)), rows, embedDim);
    });

    // Stands for the sum of a state with positions, which are a parameter.
    private Value Positioned(long all) => new(new Storage(0), Float * all * width, null);
}
