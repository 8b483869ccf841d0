using ClipSharp.Models;

namespace ClipSharp.Training.Memory;

/// <summary>The parts of the ModifiedResNet as <c>ClipSharp.Torch.Towers</c> computes them: a batch norm keeps the convolution's result that
/// it reads, a rectifier writes over the norm's result and keeps it, and the next convolution reads that. In mixed precision all maps are of
/// 16 bits, also between blocks.</summary>
internal static class ResNetParts
{
    private const int Float = sizeof(float);

    /// <summary>Stem, blocks, attention pool.</summary>
    public static IReadOnlyList<TowerPart> Image(VisionConfig vision, int embedDim, TowerFormats formats)
    {
        long width = vision.Width, side = vision.ImageSize / 4;
        var parts = new List<TowerPart> { Stem(vision.ImageSize, width, formats) };
        var inputs = width;
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            var planes = width << stage;
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                var isFirst = i == 0;
                var after = isFirst && stage > 0 ? side / 2 : side;
                parts.Add(Block(inputs, planes, side, after, isFirst, formats));
                (inputs, side) = (4 * planes, after);
            }
        }

        parts.Add(Pool(vision.FeatureWidth, vision.Grid, embedDim, formats));
        return parts;
    }

    private static TowerPart Stem(long size, long width, TowerFormats formats)
    {
        long number = formats.Number, pixels = 3 * size * size, map = width / 2 * (size / 2) * (size / 2);
        var graph = number * (pixels + (2 * map) + (2 * map) + (4 * map)); // three times convolved and rectified, the last twice as wide
        var output = number * map / 2;
        var forward = (Float * pixels) + (formats.IsHalf ? Float * pixels : 0) + output; // normalised pixels, also channels last
        return new TowerPart(0, graph, forward, graph + forward, output + (number * 4 * map),
            formats.Casts(9 * ((3 * width / 2) + (width * width / 4) + (width * width / 2))), formats.Gradient(9 * width * width / 2));
    }

    private static TowerPart Block(long inputs, long planes, long side, long after, bool isFirst, TowerFormats formats)
    {
        long number = formats.Number, outputs = 4 * planes, isPooled = after < side ? 1 : 0, cells = after * after;
        var output = number * outputs * cells;
        var graph = (number * 4 * planes * side * side)           // 1 × 1 and 3 × 3, convolved and rectified
            + (number * isPooled * planes * cells)                // their pool
            + output                                              // the last convolution
            + (isFirst ? (number * isPooled * inputs * cells) + output : 0); // the shortcut's pool and convolution
        var forward = output + (isFirst ? output : 0);            // the block's output; the shortcut's norm, added in place
        var largest = Math.Max(9 * planes * planes, outputs * Math.Max(planes, isFirst ? inputs : 0));
        var weights = (inputs * planes) + (9 * planes * planes) + (planes * outputs) + (isFirst ? inputs * outputs : 0);
        return new TowerPart(number * inputs * side * side, graph, forward, graph + forward,
            3 * output,                                           // rectified output, its gradient, and that before the rectifier
            formats.Casts(weights), formats.Gradient(largest));
    }

    // Tokens are float32, since positions are; in mixed precision keys and values each keep a 16-bit copy of them.
    private static TowerPart Pool(long channels, long grid, long embedDim, TowerFormats formats)
    {
        long number = formats.Number, cells = (grid * grid) + 1, activation = number * cells * channels, tokens = Float * cells * channels;
        var vectors = number * 4 * channels + (Float * 3 * embedDim);
        var graph = (formats.IsHalf ? 2 * activation : tokens) + (2 * activation) + vectors;
        var forward = activation + (formats.IsHalf ? tokens : 0);
        return new TowerPart(number * grid * grid * channels, graph, forward, graph + forward, (2 * activation) + tokens,
            formats.Casts((3 * channels * channels) + (channels * embedDim)), formats.Gradient(channels * Math.Max(channels, embedDim)));
    }
}
