using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;

namespace ClipSharp.Training.Memory;

/// <summary>The ModifiedResNet, operation by operation as <c>ClipSharp.Torch.Towers</c> computes it: a batch norm keeps the
/// convolution's result that it reads, a rectifier writes over the norm's result and keeps it, and the next convolution reads
/// that. In mixed precision all maps are of 16 bits, also between blocks.</summary>
/// <param name="tape">Where it runs.</param>
/// <param name="formats">In what it computes.</param>
/// <param name="rows">B.</param>
internal sealed class ResNetTape(Tape tape, TowerFormats formats, long rows)
{
    private const int Float = sizeof(float);
    private readonly TapeLayers _layers = new(tape, formats);

    /// <summary>Three convolutions and a pooling.</summary>
    public Value Stem(ResNetStem layer, bool isTrained)
    {
        long size = layer.ImageSize, width = layer.Width;
        long pixels = 3 * size * size, side = size / 2;
        _ = _layers.Numbers(Float * rows * pixels);                                                      // normalised
        var last = _layers.Numbers(Float * rows * pixels);                                               // channels last
        return tape.Scope(() =>
        {
            var state = Rectify(Norm(Convolve(last, pixels, 3, width / 2, side, 3, isTrained), isTrained));
            state = Rectify(Norm(Convolve(state, width / 2 * side * side, width / 2, width / 2, side, 3, isTrained), isTrained));
            state = Rectify(Norm(Convolve(state, width / 2 * side * side, width / 2, width, side, 3, isTrained), isTrained));
            return Shrink(state, width, side / 2);
        });
    }

    /// <summary>A residual block.</summary>
    public Value Block(Value input, Bottleneck block, bool isTrained)
    {
        long inputs = block.Inputs, planes = block.Planes, outputs = block.Outputs, side = block.Side, after = block.After;
        var state = Rectify(Norm(Convolve(input, inputs * side * side, inputs, planes, side, 1, isTrained), isTrained));
        state = Rectify(Norm(Convolve(state, planes * side * side, planes, planes, side, 3, isTrained), isTrained));
        state = after < side ? Shrink(state, planes, after) : state;
        state = Norm(Convolve(state, planes * after * after, planes, outputs, after, 1, isTrained), isTrained);
        var shortcut = input;
        if (block.HasShortcut)
        {
            shortcut = after < side ? Shrink(input, inputs, after) : input;
            shortcut = Norm(Convolve(shortcut, inputs * after * after, inputs, outputs, after, 1, isTrained), isTrained);
        }

        return Rectify(tape.Run(state.Bytes, new Operation { Over = state, Terms = [state, shortcut] }));
    }

    /// <summary>The attention pool. Tokens are float32, since positions are.</summary>
    public Value Pool(Value grid, GridPooling layer, bool isTrained)
    {
        var (cells, channels, heads, embedDim) = (layer.Cells, layer.Channels, layer.Heads, layer.Outputs);
        var last = formats.Number * rows * channels;
        var mean = tape.Run(last, new Operation { Inputs = [grid], Work = formats.IsHalf ? 2 * grid.Bytes : 0 });
        var joined = tape.Run(cells * last, new Operation { Inputs = [grid, mean] });
        var tokens = _layers.Sum(new Value(new Storage(0), Float * rows * cells * channels, null), joined);
        var query = _layers.Linear(_layers.View(tokens, Float * rows * channels), rows, channels, channels, isTrained);
        var key = _layers.Linear(tokens, rows * cells, channels, channels, isTrained);
        var value = _layers.Linear(tokens, rows * cells, channels, channels, isTrained);
        var pooled = _layers.Attend(query, key, value, rows * heads);
        return _layers.Linear(pooled, rows, channels, embedDim, isTrained);
    }

    // As SmallGridConvolution: a product over cells for 1 × 1. For 3 × 3 oneDNN reads and writes weights in an order of its own,
    // and they are put channels last before; on a small grid of 16 bits their gradient takes the padded grid and its windows
    // instead.
    private Value Convolve(Value x, long numbers, long inputs, long outputs, long side, long kernel, bool isTrained) =>
        tape.Scope(() =>
    {
        var read = _layers.Half(x, rows * numbers);
        var (weight, number) = (formats.Number * kernel * kernel * inputs * outputs, formats.Number);
        var (last, ordered) = kernel > 1 ? (weight, weight) : (0, 0);
        var windows = number * rows * inputs * (((side + 2) * (side + 2)) + (9 * side * side));
        var ofWeight = kernel == 1 ? weight
            : formats.IsHalf && side < SmallGridConvolution.LeastWidth ? windows + (2 * weight)
            // so ordered, as it was, and a copy
            : last + ordered + (2 * weight);
        var copy = _layers.Remembered(weight / number, isTrained, formats.Weight);
        return tape.Run(number * rows * outputs * side * side, new Operation
        {
            Inputs = [read],
            Saves = [read, .. copy is null ? (Value[])[] : [copy]],
            IsTrained = isTrained,
            Work = last + ordered,
            BackwardWork = isTrained ? Math.Max(last + ordered, ofWeight) : last + ordered,
            LateWork = isTrained ? Math.Max(formats.Widened(weight / number), weight) : 0,
            Gradients = isTrained ? formats.Weight * weight / number : 0,
        });
    });

    private Value Norm(Value x, bool isTrained) =>
        tape.Run(x.Bytes, new Operation { Inputs = [x], Saves = [x], IsTrained = isTrained });

    private Value Rectify(Value x) => tape.Run(x.Bytes, new Operation { Over = x, Inputs = [x], SavesResult = true });

    private Value Shrink(Value x, long channels, long side) =>
        tape.Run(formats.Number * rows * channels * side * side, new Operation { Inputs = [x], Saves = [x] });
}
