using ClipSharp.Models;
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

    /// <summary>Stem, blocks, attention pool.</summary>
    /// <param name="config">The model.</param>
    /// <param name="formats">In what it computes.</param>
    /// <param name="rows">B.</param>
    /// <param name="isTrained">Whether a layer is, as <see cref="TowerLayers"/> counts them.</param>
    public static IReadOnlyList<TapePart> Image(ModelConfig config, TowerFormats formats, long rows, Func<int, bool> isTrained)
    {
        var vision = config.Vision;
        long width = vision.Width, side = vision.ImageSize / 4, inputs = width;
        var parts = new List<TapePart> { (tape, _) => new ResNetTape(tape, formats, rows)
            .Stem(vision.ImageSize, width, isTrained(0)) };
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                var block = new Bottleneck(inputs, width << stage, side, i == 0 && stage > 0 ? side / 2 : side, i == 0,
                    isTrained(stage + 1));
                parts.Add((tape, input) => new ResNetTape(tape, formats, rows).Block(input, block));
                (inputs, side) = (4 * block.Planes, block.After);
            }
        }

        parts.Add((tape, input) => new ResNetTape(tape, formats, rows)
            .Pool(input, vision.FeatureWidth, vision.Grid, vision.Heads, config.EmbedDim, isTrained(5)));
        return parts;
    }

    private Value Stem(long size, long width, bool isTrained) => tape.Scope(() =>
    {
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
    });

    private Value Block(Value input, Bottleneck block) => tape.Scope(() =>
    {
        var (inputs, planes, outputs, side, after, isTrained) =
            (block.Inputs, block.Planes, 4 * block.Planes, block.Side, block.After, block.IsTrained);
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
    });

    // Tokens are float32, since positions are.
    private Value Pool(Value grid, long channels, long side, long heads, long embedDim, bool isTrained) => tape.Scope(() =>
    {
        var (cells, last) = ((side * side) + 1, formats.Number * rows * channels);
        var mean = tape.Run(last, new Operation { Inputs = [grid], Work = formats.IsHalf ? 2 * grid.Bytes : 0 });
        var joined = tape.Run(cells * last, new Operation { Inputs = [grid, mean] });
        var tokens = _layers.Sum(new Value(new Storage(0), Float * rows * cells * channels, null), joined);
        var query = _layers.Linear(_layers.View(tokens, Float * rows * channels), rows, channels, channels, isTrained);
        var key = _layers.Linear(tokens, rows * cells, channels, channels, isTrained);
        var value = _layers.Linear(tokens, rows * cells, channels, channels, isTrained);
        var pooled = _layers.Attend(query, key, value, rows * heads);
        return _layers.Unit(_layers.Linear(pooled, rows, channels, embedDim, isTrained), rows, embedDim);
    });

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

    /// <summary>A residual block.</summary>
    private sealed record Bottleneck(long Inputs, long Planes, long Side, long After, bool HasShortcut, bool IsTrained);
}
