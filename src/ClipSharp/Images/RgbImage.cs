using System.Buffers;
using ClipSharp.Images.Decoding;
using SkiaSharp;

namespace ClipSharp.Images;

/// <summary>A decoded picture: 8-bit RGB, rows from the top, [H, W, 3], and its alpha where the file has one.</summary>
/// <param name="Width">W ≥ 1.</param>
/// <param name="Height">H ≥ 1.</param>
/// <param name="Pixels">H · W · 3 bytes; colours as stored, not multiplied by alpha.</param>
/// <param name="Alpha">H · W bytes, 0 clear to 255 opaque, or null for an opaque picture.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels, byte[]? Alpha = null)
{
    /// <summary>How the reference opens the file.</summary>
    internal PictureMode Mode { get; init; }

    /// <summary>The colours that pixels of an <see cref="PictureMode.Indexed"/> picture may have, three bytes each; for padding,
    /// which fills with an index.</summary>
    internal byte[] Palette { get; init; } = [];

    /// <summary>H · W levels of a <see cref="PictureMode.Grey16"/> picture, of which <see cref="Pixels"/> are the high
    /// bytes.</summary>
    internal ushort[] Grey16 { get; init; } = [];

    /// <summary>Whether it has greys above 255, of which <see cref="ConvertedToRgb"/> makes white.</summary>
    internal bool HasDeepGreys => Grey16.AsSpan().ContainsAnyExceptInRange((ushort)0, (ushort)255);

    /// <summary>Whether <see cref="Pixels"/> are lent by the array pool, and then longer than H · W · 3.</summary>
    internal bool IsRented { get; init; }

    /// <summary>The EXIF orientation that is still to be applied, 1 to 8.</summary>
    internal int Orientation { get; init; } = 1;

    /// <summary>The colours, [H, W, 3].</summary>
    public PixelView View => new(Pixels, Width, Height, 3);

    /// <summary>The picture whose channel planes are given.</summary>
    /// <param name="planes">[3, H, W].</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public static RgbImage FromPlanes(ReadOnlySpan<byte> planes, int width, int height)
    {
        if (planes.Length != 3L * width * height)
        {
            throw new ArgumentException($"{planes.Length} bytes are not [3, {height}, {width}].", nameof(planes));
        }

        var (area, pixels) = (width * height, new byte[planes.Length]);
        for (var i = 0; i < area; i++)
        {
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (planes[i], planes[area + i], planes[(2 * area) + i]);
        }

        return new RgbImage(width, height, pixels);
    }

    /// <summary>The picture as Pillow's <c>convert("RGB")</c> leaves it: 16-bit grey clips at 255 and is white nearly
    /// everywhere.</summary>
    internal RgbImage ConvertedToRgb()
    {
        if (Mode != PictureMode.Grey16)
        {
            return Mode == PictureMode.Rgb ? this : this with { Mode = PictureMode.Rgb };
        }

        var pixels = new byte[Pixels.Length];
        for (var i = 0; i < Grey16.Length; i++)
        {
            pixels.AsSpan(3 * i, 3).Fill((byte)Math.Min(Grey16[i], (ushort)255));
        }

        return new RgbImage(Width, Height, pixels, Alpha);
    }

    /// <summary>Gives rented pixels back; the picture and what shares its pixels are not used any more.</summary>
    internal void Return()
    {
        if (IsRented)
        {
            ArrayPool<byte>.Shared.Return(Pixels);
        }
    }

    /// <summary>A PNG file of the colours, without the alpha.</summary>
    public byte[] ToPng() => Encoded(SKEncodedImageFormat.Png, 100);

    /// <summary>A JPEG file of the colours, without the alpha, for people to look at.</summary>
    /// <param name="quality">1 to 100, of libjpeg's scale.</param>
    public byte[] ToJpeg(int quality = 85)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encoded(SKEncodedImageFormat.Jpeg, quality);
    }

    /// <summary>The picture over a plain colour; itself where it is opaque.</summary>
    public RgbImage Over(byte red, byte green, byte blue)
    {
        if (Alpha is null)
        {
            return this;
        }

        ReadOnlySpan<byte> ground = [red, green, blue];
        var result = new byte[Pixels.Length];
        for (var i = 0; i < Alpha.Length; i++)
        {
            int alpha = Alpha[i];
            for (var c = 0; c < 3; c++)
            {
                var sum = (Pixels[(3 * i) + c] * alpha) + (ground[c] * (255 - alpha));
                result[(3 * i) + c] = (byte)((sum + 127) / 255);
            }
        }

        return new RgbImage(Width, Height, result);
    }

    private byte[] Encoded(SKEncodedImageFormat format, int quality)
    {
        var rgba = new byte[ArrayLength.Of("bytes of a picture", 4, Width, Height)];
        for (var i = 0; i < Width * Height; i++)
        {
            Pixels.AsSpan(3 * i, 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[(4 * i) + 3] = 255;
        }

        using var image = SKImage.FromPixelCopy(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque), rgba);
        using var file = image.Encode(format, quality);
        return file.ToArray();
    }
}
