namespace ClipSharp.Images.Augmentation;

/// <summary>Lays clear parts of a picture on something.</summary>
internal static class BackgroundLayer
{
    /// <summary>The picture on white or black; itself for <see cref="Background.Drop"/> and where it is opaque.</summary>
    public static RgbImage Lay(RgbImage image, Background background) => background switch
    {
        Background.White => image.Over(255, 255, 255),
        Background.Black => image.Over(0, 0, 0),
        _ => image,
    };

    /// <summary>As above, also for <see cref="Background.Random"/>.</summary>
    /// <returns>The picture and the colour of what lies beyond it.</returns>
    public static (RgbImage Image, Rgb Ground) Lay(RgbImage image, Background background, byte fill, ref RandomStream random)
    {
        return background switch
        {
            Background.Random => LayRandom(image, ref random),
            Background.White => (Lay(image, background), new Rgb(255, 255, 255)),
            Background.Black => (Lay(image, background), new Rgb(0, 0, 0)),
            _ => (image, new Rgb(fill, fill, fill)),
        };
    }

    // A plain colour or, every second time, a gradient between two, in any direction.
    private static (RgbImage Image, Rgb Ground) LayRandom(RgbImage image, ref RandomStream random)
    {
        var (first, second) = (Rgb.Random(ref random), Rgb.Random(ref random));
        var gradient = random.NextBool(0.5);
        var angle = random.NextDouble(0, 2 * Math.PI);
        if (image.Alpha is null)
        {
            return (image, first);
        }

        return (gradient ? OverGradient(image, first, second, angle) : image.Over(first.Red, first.Green, first.Blue), first);
    }

    private static RgbImage OverGradient(RgbImage image, Rgb first, Rgb second, double angle)
    {
        const int One = 1 << 16; // positions along the gradient are in 1/65536
        var (sin, cos) = Math.SinCos(angle);
        var length = (Math.Abs(cos) * image.Width) + (Math.Abs(sin) * image.Height);
        var (stepX, stepY) = ((int)(One * cos / length), (int)(One * sin / length));
        var result = new byte[image.Pixels.Length];
        for (var (y, i) = (0, 0); y < image.Height; y++)
        {
            var at = (One / 2) + (stepY * (y - (image.Height / 2))) - (stepX * (image.Width / 2));
            for (var x = 0; x < image.Width; x++, i++, at += stepX)
            {
                var share = Math.Clamp(at, 0, One);
                int alpha = image.Alpha![i];
                result[3 * i] = Mix(image.Pixels[3 * i], Between(first.Red, second.Red, share), alpha);
                result[(3 * i) + 1] = Mix(image.Pixels[(3 * i) + 1], Between(first.Green, second.Green, share), alpha);
                result[(3 * i) + 2] = Mix(image.Pixels[(3 * i) + 2], Between(first.Blue, second.Blue, share), alpha);
            }
        }

        return new RgbImage(image.Width, image.Height, result);

        static int Between(int a, int b, int share) => a + (((b - a) * share) >> 16);
        static byte Mix(int over, int under, int alpha) => (byte)(((over * alpha) + (under * (255 - alpha)) + 127) / 255);
    }
}

/// <summary>A colour.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    public static Rgb Random(ref RandomStream random)
    {
        var bits = random.NextUInt32();
        return new Rgb((byte)bits, (byte)(bits >> 8), (byte)(bits >> 16));
    }
}
