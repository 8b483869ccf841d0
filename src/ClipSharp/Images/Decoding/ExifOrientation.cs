namespace ClipSharp.Images.Decoding;

/// <summary>Turns a picture as the EXIF tag Orientation (0x0112) asks: 1 upright, 2 mirrored, 3 half a turn, 4 mirrored upside
/// down, 5 and 7 mirrored on a diagonal, 6 to be turned right, 8 to be turned left.</summary>
internal static class ExifOrientation
{
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation is < 2 or > 8)
        {
            return image;
        }

        var grey = new ushort[image.Grey16.Length];

        var (width, height) = orientation >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
        var pixels = new byte[image.Pixels.Length];
        var alpha = image.Alpha is null ? null : new byte[image.Alpha.Length];
        for (var (y, to) = (0, 0); y < height; y++)
        {
            for (var x = 0; x < width; x++, to++)
            {
                var (right, down) = (image.Width - 1, image.Height - 1);
                var (fromX, fromY) = orientation switch
                {
                    2 => (right - x, y),
                    3 => (right - x, down - y),
                    4 => (x, down - y),
                    5 => (y, x),
                    6 => (y, down - x),
                    7 => (right - y, down - x),
                    _ => (right - y, x),
                };
                var from = (fromY * image.Width) + fromX;
                image.Pixels.AsSpan(3 * from, 3).CopyTo(pixels.AsSpan(3 * to));
                if (alpha is not null)
                {
                    alpha[to] = image.Alpha![from];
                }

                if (grey.Length > 0)
                {
                    grey[to] = image.Grey16[from];
                }
            }
        }

        return image with
        {
            Width = width,
            Height = height,
            Pixels = pixels,
            Alpha = alpha,
            Grey16 = grey,
            Orientation = 1,
            IsRented = false,
        };
    }
}
