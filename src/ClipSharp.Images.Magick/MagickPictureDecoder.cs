using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;
using ImageMagick;

namespace ClipSharp.Images.Magick;

/// <summary>Reads HEIC, AVIF, TIFF, JPEG XL and JPEG 2000 by ImageMagick, once an application has said
/// <c>ImageDecoder.Add(new MagickPictureDecoder())</c>: the first picture of a file, to 8 bits a colour, colour profile not
/// applied. Each format is given to its own reader; ImageMagick never guesses. Thread-safe.</summary>
public sealed class MagickPictureDecoder : IPictureDecoder
{
    /// <inheritdoc/>
    public bool Reads(PictureFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return FormatOf(format) != MagickFormat.Unknown;
    }

    /// <inheritdoc/>
    public PictureFault Decode(ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image)
    {
        ArgumentNullException.ThrowIfNull(limits);
        image = null;
        var settings = new MagickReadSettings
        {
            Format = PictureFormat.Of(file) is { } format ? FormatOf(format) : MagickFormat.Unknown,
            FrameIndex = 0,
            FrameCount = 1,
        };
        if (settings.Format == MagickFormat.Unknown)
        {
            return PictureFault.UnknownFormat;
        }

        try
        {
            using var picture = new MagickImage();
            picture.Ping(file, settings);
            if (!limits.Allow(picture.Width, picture.Height))
            {
                return PictureFault.TooLarge;
            }

            // ImageMagick fills what is missing and warns.
            var isDamaged = false;
            picture.Warning += (_, told) => isDamaged |= told.Exception is MagickCorruptImageWarningException;
            picture.Read(file, settings);
            if (isDamaged)
            {
                return PictureFault.Corrupt;
            }

            if (picture.ColorSpace == ColorSpace.CMYK)
            {
                picture.ColorSpace = ColorSpace.sRGB;
            }

            using var pixels = picture.GetPixelsUnsafe();
            var alpha = picture.HasAlpha ? pixels.ToByteArray("A") : null;
            image = new RgbImage((int)picture.Width, (int)picture.Height, pixels.ToByteArray("RGB")!,
                alpha.AsSpan().ContainsAnyExcept((byte)255) ? alpha : null)
            {
                Orientation = picture.Orientation == ImageMagick.Orientation.Undefined ? 1 : (int)picture.Orientation,
            };
            return PictureFault.None;
        }
        catch (MagickException)
        {
            return PictureFault.Corrupt;
        }
    }

    private static MagickFormat FormatOf(PictureFormat format) => format.Name switch
    {
        "HEIC" => MagickFormat.Heic,
        "AVIF" => MagickFormat.Avif,
        "TIFF" => MagickFormat.Tiff,
        "JPEG XL" => MagickFormat.Jxl,
        "JPEG 2000" => MagickFormat.Jp2,
        _ => MagickFormat.Unknown,
    };
}
