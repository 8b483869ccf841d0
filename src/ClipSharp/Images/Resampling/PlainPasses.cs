namespace ClipSharp.Images.Resampling;

/// <summary>The two passes of a resize, one number after the other: what <see cref="VectorPasses"/> must equal.</summary>
internal static class PlainPasses
{
    /// <summary>Along the rows.</summary>
    /// <param name="source">[H, W, C].</param>
    /// <param name="weights">Of the columns.</param>
    /// <param name="result">[H, weights.Count, C].</param>
    public static void Horizontal(PixelView source, ResampleWeights weights, Span<byte> result)
    {
        var to = 0;
        for (var y = 0; y < source.Height; y++)
        {
            var row = source.Row(y);
            for (var x = 0; x < weights.Count; x++)
            {
                var first = weights.First(x) * source.Channels;
                var taps = weights.Of(x);
                for (var c = 0; c < source.Channels; c++)
                {
                    var sum = ResampleWeights.Half;
                    for (var t = 0; t < taps.Length; t++)
                    {
                        sum += row[first + (t * source.Channels) + c] * taps[t];
                    }

                    result[to++] = ToByte(sum);
                }
            }
        }
    }

    /// <summary>Down the columns.</summary>
    /// <param name="source">[H, W, C]; its first row is source row <paramref name="firstRow"/>.</param>
    /// <param name="firstRow">See there.</param>
    /// <param name="weights">Of the rows.</param>
    /// <param name="result">[weights.Count, W, C].</param>
    public static void Vertical(PixelView source, int firstRow, ResampleWeights weights, Span<byte> result)
    {
        var width = source.Width * source.Channels;
        for (var y = 0; y < weights.Count; y++)
        {
            VerticalTail(source.Pixels[((weights.First(y) - firstRow) * source.Stride)..], source.Stride, weights.Of(y),
                result.Slice(y * width, width), 0);
        }
    }

    /// <summary>One result row from byte <paramref name="from"/> on.</summary>
    public static void VerticalTail(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> taps, Span<byte> result, int from)
    {
        for (var x = from; x < result.Length; x++)
        {
            var sum = ResampleWeights.Half;
            for (var t = 0; t < taps.Length; t++)
            {
                sum += rows[(t * stride) + x] * taps[t];
            }

            result[x] = ToByte(sum);
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.FractionBits, 0, 255);
}
