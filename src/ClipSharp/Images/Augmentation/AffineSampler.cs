namespace ClipSharp.Images.Augmentation;

/// <summary>One bilinear pass over a turned, bent or enlarged picture. What is to be shrunk is reduced first, by the antialiased
/// triangle filter, so that no source pixel is left out.</summary>
internal static class AffineSampler
{
    private const int Fraction = 16; // positions in 1/65536 pixel, weights in 1/256

    /// <param name="source">[H, W, 3].</param>
    /// <param name="map">Result to source.</param>
    /// <param name="ground">What lies beyond the picture.</param>
    /// <param name="size">H × W.</param>
    /// <param name="result">Receives [H, W, 3].</param>
    public static void Sample(PixelView source, PixelMap map, Rgb ground, Extent size, Span<byte> result)
    {
        var width = Reduced(source.Width, Math.Sqrt((map.XByU * map.XByU) + (map.XByV * map.XByV)));
        var height = Reduced(source.Height, Math.Sqrt((map.YByU * map.YByU) + (map.YByV * map.YByV)));
        if (width < source.Width || height < source.Height)
        {
            var reduced = new PixelView(Resampler.Resize(source, width, height, ResampleFilter.Bilinear), width, height, 3);
            map = map.Scaled((double)width / source.Width, (double)height / source.Height);
            source = reduced;
        }

        var (stepX, stepY) = (Fixed(map.XByU), Fixed(map.YByU));
        for (var v = 0; v < size.Height; v++)
        {
            // The pixel with index 0 has its middle at 0.5.
            var x = Fixed(map.X + (map.XByU * 0.5) + (map.XByV * (v + 0.5)) - 0.5);
            var y = Fixed(map.Y + (map.YByU * 0.5) + (map.YByV * (v + 0.5)) - 0.5);
            var row = result.Slice(v * size.Width * 3, size.Width * 3);
            for (var u = 0; u < size.Width; u++, x += stepX, y += stepY)
            {
                Mix(source, x, y, ground, row.Slice(3 * u, 3));
            }
        }
    }

    private static int Reduced(int length, double step) =>
        step > 1 ? Math.Clamp((int)Math.Round(length / step), 1, length) : length;

    private static long Fixed(double position) => (long)Math.Round(position * (1 << Fraction));

    private static void Mix(PixelView source, long x, long y, Rgb ground, Span<byte> pixel)
    {
        var (left, top) = (x >> Fraction, y >> Fraction);
        var (right, low) = ((int)(x >> (Fraction - 8)) & 255, (int)(y >> (Fraction - 8)) & 255);
        if (left >= 0 && top >= 0 && left < source.Width - 1 && top < source.Height - 1)
        {
            var at = source.Pixels.Slice(((int)top * source.Stride) + ((int)left * 3), source.Stride + 6);
            for (var c = 0; c < 3; c++)
            {
                var above = (at[c] << 8) + ((at[c + 3] - at[c]) * right);
                var below = (at[source.Stride + c] << 8) + ((at[source.Stride + c + 3] - at[source.Stride + c]) * right);
                pixel[c] = (byte)(((above << 8) + ((below - above) * low) + (1 << 15)) >> 16);
            }

            return;
        }

        // At the edge a neighbour may lie beyond it, where the ground is.
        var (red, green, blue) = (1 << 15, 1 << 15, 1 << 15);
        for (var neighbour = 0; neighbour < 4; neighbour++)
        {
            var (column, line) = (left + (neighbour & 1), top + (neighbour >> 1));
            var weight = ((neighbour & 1) == 0 ? 256 - right : right) * (neighbour < 2 ? 256 - low : low);
            var inside = column >= 0 && line >= 0 && column < source.Width && line < source.Height;
            var from = inside
                ? source.Pixels.Slice(((int)line * source.Stride) + ((int)column * 3), 3)
                : [ground.Red, ground.Green, ground.Blue];
            (red, green, blue) = (red + (from[0] * weight), green + (from[1] * weight), blue + (from[2] * weight));
        }

        (pixel[0], pixel[1], pixel[2]) = ((byte)(red >> 16), (byte)(green >> 16), (byte)(blue >> 16));
    }
}
