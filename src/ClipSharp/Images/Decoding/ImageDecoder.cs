using System.Buffers;
using ClipSharp.Files;
using ClipSharp.Images.Formats;
using SkiaSharp;

namespace ClipSharp.Images.Decoding;

/// <summary>Turns the bytes of a JPEG, PNG, GIF, WebP or BMP file into RGB, as Pillow's <c>convert("RGB")</c> does: first frame,
/// alpha set aside, colour profile not applied. Deviation: 16-bit grey keeps its high byte (Pillow clips it to white; so does an
/// <see cref="ImagePreprocessor"/> that follows a reference).</summary>
public static class ImageDecoder
{
    /// <summary>Decodes a picture, known by its content, not by its name. Thread-safe.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">Checked on the header, before any buffer is made.</param>
    /// <param name="image">The picture, or null.</param>
    /// <param name="fault">Why there is none.</param>
    /// <param name="applyOrientation">Whether to turn the picture as its EXIF orientation says; the reference does not.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image, out PictureFault fault, bool applyOrientation = false)
    {
        ArgumentNullException.ThrowIfNull(limits);
        image = null;
        fault = Inspect(file, limits, out var format);
        if (fault == PictureFault.None)
        {
            fault = Decode(file, limits, format!, out image);
        }

        if (image is not null)
        {
            if (format is GifFormat)
            {
                GifFormat.PaintOutside(file, image);
            }

            var mode = format!.Mode(file, out var palette);
            image = image with { Mode = mode, Palette = palette };
            fault = mode == PictureMode.Grey16 ? ReadGrey(file, ref image) : fault;
            image = applyOrientation && image is not null ? ExifOrientation.Apply(image, image.Orientation) : image;
        }

        return fault == PictureFault.None;
    }

    /// <summary>Reads and decodes a picture file within the default limits.</summary>
    /// <exception cref="ClipException">It cannot be read (NoInput) or is no picture we read (Data).</exception>
    public static RgbImage Load(string path) => Decode(ReadFile(path), path);

    /// <summary>Reads a picture file within the default limits, undecoded.</summary>
    /// <exception cref="ClipException">It cannot be read (NoInput) or is too large (Data).</exception>
    internal static byte[] ReadFile(string path)
    {
        try
        {
            // A device has no length and would be read without end.
            var length = LinkedFile.Of(path).Length;
            return length > DecodeLimits.Default.MaxFileBytes ? throw Refusal(PictureFault.TooLarge, path)
                : length == 0 ? []
                : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var found = e is FileNotFoundException or DirectoryNotFoundException ? "nothing there" : e.Message;
            throw new ClipException(
                ClipError.NoInput, "The picture cannot be read", path, found, "a picture file", "Check the path.", e);
        }
    }

    /// <summary>Reads a picture file from a stranger's stream within the default limits, undecoded.</summary>
    /// <exception cref="ClipException">It is too large (Data).</exception>
    internal static async Task<byte[]> ReadAsync(Stream stream, string where, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var file = new MemoryStream();
        var part = new byte[1 << 16];
        for (var count = await stream.ReadAsync(part, cancel).ConfigureAwait(false); count > 0;
            count = await stream.ReadAsync(part, cancel).ConfigureAwait(false))
        {
            file.Write(part, 0, count);
            if (file.Length > DecodeLimits.Default.MaxFileBytes)
            {
                throw Refusal(PictureFault.TooLarge, where);
            }
        }

        return file.ToArray();
    }

    /// <summary>Decodes a picture within the default limits.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="where">Its path or name, for the message.</param>
    /// <exception cref="ClipException">It is no picture we read.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string where) =>
        TryDecode(file, DecodeLimits.Default, out var image, out var fault) ? image! : throw Refusal(fault, where);

    private static ClipException Refusal(PictureFault fault, string where)
    {
        var found = fault switch
        {
            PictureFault.Empty => "an empty file",
            PictureFault.Truncated => "a file that was cut off",
            PictureFault.TooLarge => "too large a picture",
            PictureFault.NotAPicture => "something that is no picture",
            PictureFault.Corrupt => "a damaged file",
            _ => "a format that is not read",
        };
        return new ClipException(ClipError.Data, "The picture cannot be used", where, found,
            "a whole JPEG, PNG, GIF, WebP or BMP of at most 64 MiB and 89 million pixels",
            "Check that it opens in a viewer, or leave it out.");
    }

    private static PictureFault Inspect(ReadOnlySpan<byte> file, DecodeLimits limits, out IPictureFormat? format)
    {
        format = null;
        if (file.IsEmpty)
        {
            return PictureFault.Empty;
        }

        if (file.Length > limits.MaxFileBytes)
        {
            return PictureFault.TooLarge;
        }

        format = PictureFormats.Find(file);
        if (format is null)
        {
            return PictureFormats.ForeignName(file) is not null ? PictureFault.UnknownFormat : PictureFault.NotAPicture;
        }

        var fault = format.ReadHeader(file, out var header);
        return fault != PictureFault.None ? fault
            : !Fits(header.Width, header.Height, limits) ? PictureFault.TooLarge
            : format.CheckWhole(file, header);
    }

    // A raised limit still ends where one array of four bytes a pixel does.
    private static bool Fits(long width, long height, DecodeLimits limits) =>
        width <= limits.MaxSide && height <= limits.MaxSide && width * height <= Math.Min(limits.MaxPixels, Array.MaxLength / 4);

    // No decoder gives the low bytes of 16-bit grey, and the reference resizes with them.
    private static PictureFault ReadGrey(ReadOnlySpan<byte> file, ref RgbImage? image)
    {
        var levels = new ushort[image!.Width * image.Height];
        var isWhole = Grey16Png.TryRead(file, image.Width, image.Height, levels);
        image = isWhole ? image with { Grey16 = levels } : null;
        return isWhole ? PictureFault.None : PictureFault.Corrupt;
    }

    private static PictureFault Decode(
        ReadOnlySpan<byte> file, DecodeLimits limits, IPictureFormat format, out RgbImage? image)
    {
        image = null;
        var clear = format is GifFormat ? GifFormat.TransparencyFlag(file) : -1;
        if (clear < 0)
        {
            return DecodeAsStored(file, limits, out image);
        }

        // Skia blackens the clear pixels of a GIF; Pillow keeps their colour. With the flag taken out they are as stored.
        var fault = DecodeAsStored(file, limits, out var shown);
        if (fault != PictureFault.None)
        {
            return fault;
        }

        var opaque = file.ToArray();
        opaque[clear] &= 0xFE;
        fault = DecodeAsStored(opaque, limits, out var stored);
        image = stored is null ? null : stored with { Alpha = shown!.Alpha };
        return fault;
    }

    private static unsafe PictureFault DecodeAsStored(
        ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image)
    {
        image = null;
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null)
            {
                return PictureFault.Corrupt;
            }

            var (width, height) = (codec.Info.Width, codec.Info.Height);
            if (!Fits(width, height, limits))
            {
                return PictureFault.TooLarge;
            }

            var alphaType = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            var length = width * height * 4;
            var rented = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                SKCodecResult result;
                fixed (byte* pixels = rented)
                {
                    result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, alphaType), (nint)pixels);
                }

                if (result != SKCodecResult.Success)
                {
                    return PictureFault.Corrupt;
                }

                var rgba = rented.AsSpan(0, length);
                var rgb = new byte[length / 4 * 3];
                RgbaRows.TakeColours(rgba, rgb);
                image = new RgbImage(width, height, rgb, alphaType == SKAlphaType.Opaque ? null : RgbaRows.TakeAlpha(rgba))
                {
                    Orientation = (int)codec.EncodedOrigin,
                };
                return PictureFault.None;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
