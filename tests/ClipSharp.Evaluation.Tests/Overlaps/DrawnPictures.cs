using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Evaluation.Tests.Overlaps;

/// <summary>Pictures of coarse and fine waves, as many different ones as there are seeds, and copies of them.</summary>
internal static class DrawnPictures
{
    /// <summary>A picture.</summary>
    public static RgbImage Draw(long seed, int width = 96, int height = 80)
    {
        var random = new RandomStream(seed, RandomPurpose.Initialization);
        var waves = new (double X, double Y, double Phase, double Height)[24];
        for (var i = 0; i < waves.Length; i++)
        {
            var (x, y) = (random.NextDouble(-5, 5), random.NextDouble(-5, 5));
            // Natural pictures have weaker fine waves, too.
            waves[i] = (x, y, random.NextDouble(0, 6.28), 60 / (1 + Math.Sqrt((x * x) + (y * y))));
        }

        var pixels = new byte[3 * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var (y, x) = Math.DivRem(i, width);
            var level = 128.0;
            foreach (var wave in waves)
            {
                level += wave.Height * Math.Sin((6.28 * ((wave.X * x / width) + (wave.Y * y / height))) + wave.Phase);
            }

            pixels.AsSpan(3 * i, 3).Fill((byte)Math.Clamp(level, 0, 255));
            pixels[(3 * i) + 2] = (byte)(255 - pixels[3 * i]);
        }

        return new RgbImage(width, height, pixels);
    }

    /// <summary>As it comes out of a JPEG.</summary>
    public static RgbImage Jpeg(RgbImage image, int quality) => ImageDecoder.Decode(image.ToJpeg(quality), "copy");

    /// <summary>In another size.</summary>
    public static RgbImage Resized(RgbImage image, double factor)
    {
        var (width, height) = ((int)(image.Width * factor), (int)(image.Height * factor));
        return new RgbImage(width, height, Resampler.Resize(image.View, width, height, ResampleFilter.Bicubic));
    }

    /// <summary>The middle of it.</summary>
    public static RgbImage Cropped(RgbImage image, double share)
    {
        var (width, height) = ((int)(image.Width * share), (int)(image.Height * share));
        var (left, top) = ((image.Width - width) / 2, (image.Height - height) / 2);
        var pixels = new byte[3 * width * height];
        for (var y = 0; y < height; y++)
        {
            image.Pixels.AsSpan(3 * (((top + y) * image.Width) + left), 3 * width).CopyTo(pixels.AsSpan(3 * y * width));
        }

        return new RgbImage(width, height, pixels);
    }

    /// <summary>Seen in a mirror.</summary>
    public static RgbImage Mirrored(RgbImage image)
    {
        var pixels = new byte[image.Pixels.Length];
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            var (y, x) = Math.DivRem(i, image.Width);
            image.Pixels.AsSpan(3 * ((y * image.Width) + image.Width - 1 - x), 3).CopyTo(pixels.AsSpan(3 * i));
        }

        return new RgbImage(image.Width, image.Height, pixels);
    }
}
