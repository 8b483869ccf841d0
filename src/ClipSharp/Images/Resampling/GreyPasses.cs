namespace ClipSharp.Images.Resampling;

/// <summary>Resizes 16-bit grey as Pillow does in its mode I (<c>ImagingResample…_32bpc</c> of Resample.c): unrounded weights,
/// rows first, rounded to whole numbers but not clipped between the passes.</summary>
internal static class GreyPasses
{
    /// <summary>Makes a part of the resized picture, converted to RGB, where levels above 255 are white.</summary>
    /// <param name="levels">[H, W].</param>
    /// <param name="sourceWidth">W.</param>
    /// <param name="width">Columns of the whole result.</param>
    /// <param name="height">Rows of the whole result.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="part">What is made of it.</param>
    /// <param name="result">Receives [part.Height, part.Width, 3].</param>
    public static void Resize(
        ReadOnlySpan<ushort> levels, int sourceWidth, int width, int height, ResampleFilter filter, PixelBox part,
        Span<byte> result)
    {
        var sourceHeight = levels.Length / sourceWidth;
        var rows = sourceHeight == height ? null
            : new ResampleWeights(sourceHeight, height, part.Y, part.Height, FilterKernel.Of(filter), keepExact: true);
        var (begin, end) = rows is null ? (part.Y, part.Y + part.Height) : (rows.Begin, rows.End);
        var narrowed = Narrow(levels[(begin * sourceWidth)..(end * sourceWidth)], sourceWidth, width, filter, part);
        for (var y = 0; y < part.Height; y++)
        {
            var first = rows is null ? y : rows.First(y) - begin;
            for (var x = 0; x < part.Width; x++)
            {
                var level = rows is null
                    ? narrowed[(first * part.Width) + x]
                    : Sum(narrowed.AsSpan((first * part.Width) + x), part.Width, rows.ExactOf(y));
                result.Slice(((y * part.Width) + x) * 3, 3).Fill((byte)Math.Clamp(level, 0, 255));
            }
        }
    }

    // [rows, W] to [rows, part.Width].
    private static int[] Narrow(ReadOnlySpan<ushort> levels, int sourceWidth, int width, ResampleFilter filter, PixelBox part)
    {
        var wide = new int[sourceWidth];
        var weights = sourceWidth == width ? null
            : new ResampleWeights(sourceWidth, width, part.X, part.Width, FilterKernel.Of(filter), keepExact: true);
        var narrowed = new int[levels.Length / sourceWidth * part.Width];
        for (var (from, to) = (0, 0); from < levels.Length; from += sourceWidth)
        {
            for (var x = 0; x < sourceWidth; x++)
            {
                wide[x] = levels[from + x];
            }

            for (var x = 0; x < part.Width; x++)
            {
                narrowed[to++] = weights is null ? wide[part.X + x] : Sum(wide.AsSpan(weights.First(x)), 1, weights.ExactOf(x));
            }
        }

        return narrowed;
    }

    private static int Sum(ReadOnlySpan<int> levels, int stride, ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        for (var t = 0; t < weights.Length; t++)
        {
            sum += levels[t * stride] * weights[t];
        }

        return (int)(sum >= 0 ? Math.Floor(sum + 0.5) : -Math.Floor(Math.Abs(sum) + 0.5));
    }
}
