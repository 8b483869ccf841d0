using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;

namespace ClipSharp.Training.Memory;

/// <summary>The layers of the two Transformer towers, operation by operation as <c>ClipSharp.Torch.Towers</c> computes them. What
/// flows between blocks is float32; in mixed precision products read and write 16 bits.</summary>
/// <param name="tape">Where they run.</param>
/// <param name="formats">In what they compute.</param>
/// <param name="rows">B.</param>
internal sealed class TransformerTape(Tape tape, TowerFormats formats, long rows)
{
    private const int Float = sizeof(float);
    private readonly TapeLayers _layers = new(tape, formats);

    /// <summary>Pictures to the first block: normalised, cut and projected.</summary>
    public Value Patches(PatchEmbedding layer, bool isTrained)
    {
        var pixels = layer.Patches * layer.PatchNumbers;
        _ = _layers.Numbers(Float * rows * pixels);                                                      // normalised
        return tape.Scope(() => _layers.Linear(_layers.Numbers(Float * rows * pixels), rows * layer.Patches, layer.PatchNumbers,
            layer.Width, isTrained));
    }

    /// <summary>A class token before the patches or behind the text, in their numbers.</summary>
    public Value Joined(Value embedded, long tokens) =>
        tape.Run(embedded.Bytes / (tokens - 1) * tokens, new Operation { Inputs = [embedded] });

    /// <summary>A row added for each place. Rows are a parameter, and their sum with a state is as wide as they.</summary>
    public Value Placed(Value state, Positions layer) =>
        _layers.Sum(new Value(new Storage(0), Float * rows * layer.Rows * layer.Width, null), state);

    /// <summary>Patches that training leaves out.</summary>
    public Value Kept(Value placed, PatchDropout layer, int width, bool hasClassToken)
    {
        var chosen = tape.Run(Float * rows * layer.Kept * width, new Operation { Inputs = [placed], Saves = [placed] });
        return hasClassToken
            ? tape.Run(Float * rows * (layer.Kept + 1) * width, new Operation { Inputs = [chosen] })
            : chosen;
    }

    /// <summary>Token ids to vectors.</summary>
    public Value Tokens(TokenEmbedding layer, long tokens, bool isTrained)
    {
        var (count, table) = (rows * tokens * layer.Width, formats.Weight * (long)layer.Vocabulary * layer.Width);
        var found = tape.Run(formats.Weight * count, new Operation
        {
            IsTrained = isTrained,
            BackwardWork = table, // the vocabulary's gradient is made whole
            Gradients = isTrained ? table : 0,
        });
        return formats.HasHalfWeights ? tape.Run(Float * count, new Operation { Inputs = [found] }) : found;
    }

    /// <summary>One block.</summary>
    public Value Block(Value input, TransformerBlock layer, bool isTrained)
    {
        var (all, shape) = (rows * layer.Tokens, layer.Shape);
        var attended = _layers.Sum(input,
            Scaled(Attention(_layers.Norm(input, all, isTrained), layer, isTrained), shape, all, isTrained));
        return _layers.Sum(attended,
            Scaled(Perceptron(_layers.Norm(attended, all, isTrained), all, shape, isTrained), shape, all, isTrained));
    }

    /// <summary>The row that is read keeps the whole state alive, and its gradient is as large.</summary>
    public Value Row(Value state, RowPooling layer) => _layers.View(state, Float * rows * layer.Width);

    /// <summary>The mean of rows; which they are is no copy.</summary>
    public Value Average(Value state, AveragePooling layer) =>
        tape.Run(Float * rows * layer.Width, new Operation { Inputs = [state] });

    /// <summary>A learnt query asks all tokens, and a perceptron is added.</summary>
    public Value Attend(Value tokens, AttentionPooling layer, bool isTrained) => tape.Scope(() =>
    {
        var (shape, all, number) = (layer.Shape, rows * layer.Tokens, formats.Number);
        var query = _layers.Linear(_layers.Numbers(Float * shape.Width), 1, shape.Width, shape.Width, isTrained);
        var joint = _layers.Linear(tokens, all, shape.Width, 2 * shape.Width, isTrained);
        Value Half() => _layers.View(joint, number * all * shape.Width);
        var answer = _layers.Attend(_layers.View(query, number * rows * shape.Width), Half(), Half(), rows * shape.Heads);
        var attended = _layers.Linear(answer, rows, shape.Width, shape.Width, isTrained);
        return _layers.Sum(attended, Perceptron(_layers.Norm(attended, rows, isTrained), rows, shape, isTrained));
    });

    /// <summary>Into the joint space.</summary>
    public Value Projected(Value pooled, Projection layer, bool isTrained) =>
        _layers.Projection(pooled, rows, layer.Inputs, layer.Outputs, isTrained);

    private Value Attention(Value normed, TransformerBlock layer, bool isTrained) => tape.Scope(() =>
    {
        var (tokens, shape) = (layer.Tokens, layer.Shape);
        var (all, width) = (rows * tokens, shape.Width);
        var mask = layer.HidesPadding ? _layers.Numbers(formats.Number * all * tokens) : null;           // [B, 1, T, T]
        var split = _layers.View(Adapted(normed, all, width, 3L * width, isTrained, parts: 3), 3 * formats.Number * all * width);
        Value Third() => _layers.View(split, formats.Number * all * width);
        var attended = formats.IsHalf
            ? _layers.Copy(_layers.AttendWhole(Third(), Third(), Third(), all * shape.Heads * tokens))
            : _layers.Attend(Third(), Third(), Third(), all * shape.Heads, mask);
        return Adapted(attended, all, width, width, isTrained);
    });

    private Value Perceptron(Value normed, long all, BlockStack shape, bool isTrained) => tape.Scope(() =>
    {
        var wide = Adapted(normed, all, shape.Width, shape.MlpWidth, isTrained);
        var isQuick = shape.Activation == Activation.QuickGelu;
        var active = tape.Run(wide.Bytes, new Operation
        {
            Inputs = [wide],
            Saves = [wide],
            // By operations there are the argument and its logistic function too.
            BackwardWork = isQuick && !QuickGeluKernel.IsAvailable ? 2 * wide.Bytes : 0,
        });
        return Adapted(active, all, shape.MlpWidth, shape.Width, isTrained);
    });

    // A linear map with what is learnt beside it: two thin products, scaled, put in order, and added.
    private Value Adapted(Value x, long all, long inputs, long outputs, bool isTrained, int parts = 1)
    {
        var stays = _layers.Linear(x, all, inputs, outputs, isTrained);
        return formats.LowRank == 0 ? stays : tape.Scope(() =>
        {
            var thin = _layers.Linear(x, all, inputs, (long)parts * formats.LowRank, isTrained: true);
            var scaled = _layers.Copy(_layers.Linear(thin, all, formats.LowRank, outputs, isTrained: true));
            return _layers.Sum(stays, parts == 1 ? scaled : _layers.Copy(scaled));
        });
    }

    // The product with factors that are float32 is float32 and keeps the branch for their gradient.
    private Value Scaled(Value branch, BlockStack shape, long all, bool isTrained) => shape.LayerScale is null ? branch
        : tape.Run(Float * all * shape.Width, new Operation
        {
            Inputs = [branch],
            Saves = isTrained ? [branch] : [],
            IsTrained = isTrained,
            BackwardWork = isTrained ? Float * all * shape.Width : 0,
        });
}
