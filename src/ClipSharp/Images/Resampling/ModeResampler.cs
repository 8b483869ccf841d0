using System.Buffers;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Resampling;

/// <summary>Resizes a picture in the mode in which Pillow opens it and converts the result to RGB: the order of OpenAI and
/// open_clip (<c>Image.resize</c>, then <c>convert("RGB")</c>).</summary>
internal static class ModeResampler
{
    /// <summary>Makes a part of the resized picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">Columns of the whole result.</param>
    /// <param name="height">Rows of the whole result.</param>
    /// <param name="filter">The filter, where the mode heeds it.</param>
    /// <param name="part">What is made of it.</param>
    /// <param name="result">Receives [part.Height, part.Width, 3].</param>
    public static void Resize(RgbImage image, int width, int height, ResampleFilter filter, PixelBox part, Span<byte> result)
    {
        var isResized = width != image.Width || height != image.Height;
        switch (image.Mode)
        {
            case PictureMode.Indexed:
                NearestPasses.Resize(image.View, width, height, part, result);
                break;
            case PictureMode.Rgba when isResized && image.Alpha is not null:
                ResizeMultiplied(image, width, height, filter, part, result);
                break;
            case PictureMode.Grey16:
                GreyPasses.Resize(image.Grey16, image.Width, width, height, filter, part, result);
                break;
            default:
                Resampler.Resize(image.View, width, height, filter, part, result);
                break;
        }
    }

    // Pillow's modes RGBa and La (Convert.c): colours times alpha, and divided by the new alpha afterwards, rounded down.
    private static void ResizeMultiplied(
        RgbImage image, int width, int height, ResampleFilter filter, PixelBox part, Span<byte> result)
    {
        var length = ArrayLength.Of("bytes of a picture", 4, image.Width, image.Height);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var multiplied = rented.AsSpan(0, length);
        var (colours, alphas) = (image.Pixels, image.Alpha!);
        for (var i = 0; i < alphas.Length; i++)
        {
            int alpha = alphas[i];
            for (var c = 0; c < 3; c++)
            {
                var product = (colours[(3 * i) + c] * alpha) + 128;
                multiplied[(4 * i) + c] = (byte)((product + (product >> 8)) >> 8);
            }

            multiplied[(4 * i) + 3] = (byte)alpha;
        }

        var area = part.Width * part.Height;
        var small = new byte[4 * area];
        Resampler.Resize(new PixelView(multiplied, image.Width, image.Height, 4), width, height, filter, part, small);
        ArrayPool<byte>.Shared.Return(rented);
        for (var i = 0; i < area; i++)
        {
            int alpha = small[(4 * i) + 3];
            for (var c = 0; c < 3; c++)
            {
                int colour = small[(4 * i) + c];
                result[(3 * i) + c] = (byte)(alpha is 0 or 255 ? colour : Math.Min(255 * colour / alpha, 255));
            }
        }
    }
}
