namespace ClipSharp.Images.Resampling;

/// <summary>Nearest neighbour as Pillow takes it (<c>ImagingScaleAffine</c> of Geometry.c): positions are summed up step by step,
/// so that their rounding errors are part of the result.</summary>
internal static class NearestPasses
{
    /// <summary>Makes a part of the resized picture.</summary>
    /// <param name="source">[H, W, C].</param>
    /// <param name="width">Columns of the whole result.</param>
    /// <param name="height">Rows of the whole result.</param>
    /// <param name="part">What is made of it.</param>
    /// <param name="result">Receives [part.Height, part.Width, C].</param>
    public static void Resize(PixelView source, int width, int height, PixelBox part, Span<byte> result)
    {
        var (columns, rows) = (
            Positions(source.Width, width, part.X, part.Width), Positions(source.Height, height, part.Y, part.Height));
        var to = 0;
        foreach (var y in rows)
        {
            var row = source.Row(y);
            foreach (var x in columns)
            {
                row.Slice(x * source.Channels, source.Channels).CopyTo(result[to..]);
                to += source.Channels;
            }
        }
    }

    private static int[] Positions(int source, int result, int from, int count)
    {
        var positions = new int[count];
        var step = (double)source / result;
        var at = step * 0.5;
        for (var i = 0; i < from + count; i++, at += step)
        {
            if (i >= from)
            {
                positions[i - from] = (int)at;
            }
        }

        return positions;
    }
}
