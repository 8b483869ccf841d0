using ClipSharp.Images.Formats;

namespace ClipSharp.Images.Decoding;

/// <summary>JPEGs decoded smaller than they are: an inverse cosine transform to 4 × 4, 2 × 2 or 1 × 1 pixels a block instead of
/// 8 × 8, as Pillow's <c>draft</c> has it of libjpeg.</summary>
internal static class JpegDraft
{
    // Pixels a side that are left for one of the result; Pillow advises 2 to 3 as its reducing_gap.
    private const int Gap = 2;

    /// <summary>The size a JPEG is decoded to; parts of a pixel count as one, as in libjpeg.</summary>
    public static (int Width, int Height) SizeOf(int width, int height, DecodeLimits limits)
    {
        var parts = limits.JpegShortSide > 0 ? 8 : 1;
        while (parts > 1 && Part(Math.Min(width, height)) < limits.JpegShortSide)
        {
            parts /= 2;
        }

        return (Part(width), Part(height));

        int Part(int side) => (side + parts - 1) / parts;
    }

    /// <summary>Whether a JPEG that is too large as a whole may be decoded smaller. The coefficients of one in several scans lie
    /// in memory before a pixel is made: it must be allowed as a whole.</summary>
    public static bool Allows(ReadOnlySpan<byte> file, PictureHeader header, DecodeLimits limits)
    {
        var (width, height) = SizeOf((int)header.Width, (int)header.Height, limits); // each is 16 bits in a JPEG
        return Math.Max(header.Width, header.Height) <= limits.MaxSide && limits.Allow(width, height)
            && !JpegFormat.HasSeveralScans(file);
    }

    /// <summary>The least short side of a decoded JPEG of which no part is shown with fewer than two pixels for one, unless the
    /// file has no more. The smallest crop has the least <see cref="AugmentationConfig.Scale"/> of a square's area, in the most
    /// uneven ratio of sides; a zoom shows less still.</summary>
    /// <param name="size">H × W of the result.</param>
    /// <param name="augmentation">How the picture is varied, or null for not at all.</param>
    public static int ShortSideFor(Extent size, AugmentationConfig? augmentation = null)
    {
        var crop = augmentation?.Scale is { } scale
            ? Math.Sqrt(scale[0] / Math.Max(augmentation.Ratio[1], 1 / augmentation.Ratio[0]))
            : 1;
        return (int)Math.Min(int.MaxValue, Math.Ceiling(Gap * size.Longer / crop * Math.Max(1, augmentation?.Zoom?[1] ?? 1)));
    }
}
