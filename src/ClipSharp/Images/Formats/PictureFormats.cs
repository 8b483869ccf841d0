namespace ClipSharp.Images.Formats;

/// <summary>The formats that are read, and the names of those that are only recognised.</summary>
internal static class PictureFormats
{
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

    /// <summary>TIFF, HEIC and AVIF, JPEG XL, JPEG 2000, Photoshop, icons: pictures, but not read.</summary>
    public static bool IsForeign(ReadOnlySpan<byte> file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)
        || (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8))
        || (file.Length >= 12 && (file[4..8].SequenceEqual("JXL "u8) || file[4..8].SequenceEqual("jP  "u8)))
        || (file.Length >= 2 && file[0] == 0xFF && file[1] == 0x0A)
        || file.StartsWith("8BPS"u8)
        || (file.Length >= 6 && file[..4].SequenceEqual("\0\0\u0001\0"u8));

    /// <summary>The palette of Pillow's mode 1, where every number but 0 is white.</summary>
    public static byte[] TwoColours()
    {
        var palette = new byte[3 * 256];
        palette.AsSpan(3).Fill(255);
        return palette;
    }
}
