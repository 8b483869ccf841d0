namespace ClipSharp.Images.Formats;

/// <summary>The formats that are read, and the names of those that are only recognised.</summary>
internal static class PictureFormats
{
    /// <summary>How many of a file's first bytes tell its format, or its name.</summary>
    public const int TellingBytes = 32;

    private static readonly IPictureFormat[] Read =
        [new JpegFormat(), new PngFormat(), new WebpFormat(), new GifFormat(), new BmpFormat()];

    /// <summary>The format by the file's first bytes; null where it is none of ours.</summary>
    public static IPictureFormat? Find(ReadOnlySpan<byte> file)
    {
        foreach (var format in Read)
        {
            if (format.Matches(file))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>The name of a format that is recognised but not read; null where the bytes are of none.</summary>
    public static string? ForeignName(ReadOnlySpan<byte> file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) ? "TIFF"
        : file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8) ? Brand(file[8..12])
        : file.Length >= 12 && file[4..8].SequenceEqual("JXL "u8) ? "JPEG XL"
        : file.Length >= 12 && file[4..8].SequenceEqual("jP  "u8) ? "JPEG 2000"
        : file.Length >= 2 && file[0] == 0xFF && file[1] == 0x0A ? "JPEG XL"
        : file.StartsWith("8BPS"u8) ? "Photoshop"
        : file.Length >= 6 && file[..4].SequenceEqual("\0\0\u0001\0"u8) ? "icon"
        : null;

    private static string Brand(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("avi"u8) ? "AVIF"
        : brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8)
            || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) ? "HEIC"
        : "film";

    /// <summary>The palette of Pillow's mode 1, where every number but 0 is white.</summary>
    public static byte[] TwoColours()
    {
        var palette = new byte[3 * 256];
        palette.AsSpan(3).Fill(255);
        return palette;
    }
}
