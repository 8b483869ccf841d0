using ClipSharp.Images.Formats;

namespace ClipSharp.Images.Decoding;

/// <summary>Turns the bytes of a JPEG, PNG, GIF, WebP or BMP file into RGB, as Pillow's <c>convert("RGB")</c> does: first frame,
/// alpha set aside, colour profile not applied. Deviation: 16-bit grey keeps its high byte (Pillow clips it to white; so does an
/// <see cref="ImagePreprocessor"/> that follows a reference). JPEGs are decoded smaller only by <see
/// cref="DecodeLimits.JpegShortSide"/>. Other formats are read by decoders that an application adds.</summary>
public static class ImageDecoder
{
    private static volatile IPictureDecoder[] _added = [];

    /// <summary>Lets this process read more formats; for all threads, from now on.</summary>
    public static void Add(IPictureDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _added = [.. _added, decoder];
    }

    /// <summary>Whether pictures of a format are read: JPEG, PNG, GIF, WebP, BMP, and what was added.</summary>
    public static bool Reads(PictureFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        return format.Structure is not null || DecoderOf(format) is not null;
    }

    /// <summary>Decodes a picture, known by its content, not by its name. Thread-safe.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">Checked on the header, before any buffer is made.</param>
    /// <param name="image">The picture, or null.</param>
    /// <param name="fault">Why there is none.</param>
    /// <param name="applyOrientation">Whether to turn the picture as its EXIF orientation says; the reference does not.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image, out PictureFault fault, bool applyOrientation = false)
    {
        var isDecoded = TryDecode(file, limits, isRented: false, out image, out fault);
        image = image is not null && applyOrientation ? ExifOrientation.Apply(image, image.Orientation) : image;
        return isDecoded;
    }

    /// <summary>The same for who is done with the picture at once.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="limits">Checked on the header, before any buffer is made.</param>
    /// <param name="isRented">Whether its pixels may be lent: it is then given back by <see cref="RgbImage.Return"/>.</param>
    /// <param name="image">The picture, or null.</param>
    /// <param name="fault">Why there is none.</param>
    internal static bool TryDecode(
        ReadOnlySpan<byte> file, DecodeLimits limits, bool isRented, out RgbImage? image, out PictureFault fault)
    {
        ArgumentNullException.ThrowIfNull(limits);
        image = null;
        var format = PictureFormat.Of(file);
        fault = file.IsEmpty ? PictureFault.Empty
            : format is null ? PictureFault.NotAPicture
            : format.Structure is { } structure ? DecodeOwn(file, structure, limits, isRented, out image)
            : DecoderOf(format) is not { } decoder ? PictureFault.UnknownFormat
            : file.Length > limits.MaxFileBytes ? PictureFault.TooLarge
            : decoder.Decode(file, limits, out image);
        return fault == PictureFault.None;
    }

    /// <summary>Reads and decodes a picture file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What is too large; null = the defaults.</param>
    /// <exception cref="ClipException">It is not there (NoInput), the disk fails (InputOutput), or it is no picture we read
    /// (Data).</exception>
    public static RgbImage Load(string path, DecodeLimits? limits = null) =>
        Decode(PictureFile.Read(path, limits), path, limits);

    /// <summary>Decodes a picture.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="where">Its path or name, for the message.</param>
    /// <param name="limits">What is too large; null = the defaults.</param>
    /// <exception cref="ClipException">It is no picture we read.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string where, DecodeLimits? limits = null) =>
        Decode(file, where, limits ?? DecodeLimits.Default, isRented: false);

    /// <summary>The same for who is done with the picture at once, and gives it back by <see
    /// cref="RgbImage.Return"/>.</summary>
    internal static RgbImage Decode(ReadOnlySpan<byte> file, string where, DecodeLimits limits, bool isRented) =>
        TryDecode(file, limits, isRented, out var image, out var fault)
            ? image!
            : throw PictureRefusal.Of(fault, file, where, limits);

    private static IPictureDecoder? DecoderOf(PictureFormat format) =>
        Array.Find(_added, decoder => decoder.Reads(format));

    private static PictureFault DecodeOwn(
        ReadOnlySpan<byte> file, IPictureFormat format, DecodeLimits limits, bool isRented, out RgbImage? image)
    {
        image = null;
        var fault = Inspect(file, format, limits);
        fault = fault == PictureFault.None ? DecodeFrame(file, format, limits, isRented, out image) : fault;
        if (image is null)
        {
            return fault;
        }

        if (format is GifFormat)
        {
            GifFormat.PaintOutside(file, image);
        }

        var mode = format.Mode(file, out var palette);
        image = image with { Mode = mode, Palette = palette };
        return mode == PictureMode.Grey16 ? ReadGrey(file, ref image) : fault;
    }

    private static PictureFault Inspect(ReadOnlySpan<byte> file, IPictureFormat format, DecodeLimits limits)
    {
        var fault = format.ReadHeader(file, out var header);
        if (fault != PictureFault.None)
        {
            return fault;
        }

        if (!limits.Allow(header.Width, header.Height) && !(format is JpegFormat && JpegDraft.Allows(file, header, limits)))
        {
            return PictureFault.TooLarge;
        }

        // Who reads files stops a byte behind the limit, so a picture that is cut there is too large.
        fault = format.CheckWhole(file, header, out var end);
        return end > limits.MaxFileBytes ? PictureFault.TooLarge : fault;
    }

    // No decoder gives the low bytes of 16-bit grey, and the reference resizes with them.
    private static PictureFault ReadGrey(ReadOnlySpan<byte> file, ref RgbImage? image)
    {
        var levels = new ushort[image!.Width * image.Height];
        var isWhole = Grey16Png.TryRead(file, image.Width, image.Height, levels);
        image = isWhole ? image with { Grey16 = levels } : null;
        return isWhole ? PictureFault.None : PictureFault.Corrupt;
    }

    private static PictureFault DecodeFrame(
        ReadOnlySpan<byte> file, IPictureFormat format, DecodeLimits limits, bool isRented, out RgbImage? image)
    {
        if (format is PngFormat && !PngFormat.HasEnd(file))
        {
            return SkiaPixels.Decode(PngRows.Completed(file), limits, isRented, out image);
        }

        var clear = format is GifFormat ? GifFormat.TransparencyFlag(file) : -1;
        var fault = SkiaPixels.Decode(file, limits, isRented, out image);
        if (clear < 0 || image is null)
        {
            return fault;
        }

        // Skia blackens the clear pixels of a GIF; Pillow keeps their colour. With the flag taken out they are as stored.
        var opaque = file.ToArray();
        opaque[clear] &= 0xFE;
        fault = SkiaPixels.Decode(opaque, limits, isRented, out var stored);
        image = stored is null ? null : stored with { Alpha = image.Alpha };
        return fault;
    }
}
