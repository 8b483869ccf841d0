using System.Buffers.Binary;

namespace ClipSharp.Images.Formats;

/// <summary>The format of a picture file, told by its first bytes whatever the file's name says.</summary>
public sealed class PictureFormat
{
    /// <summary>How many bytes from the beginning of a file tell its format.</summary>
    public const int HeadLength = 64;

    private static readonly PictureFormat[] Read =
    [
        new("JPEG", new JpegFormat()), new("PNG", new PngFormat()), new("WebP", new WebpFormat()), new("GIF", new GifFormat()),
        new("BMP", new BmpFormat()),
    ];

    private static readonly PictureFormat Tiff = new("TIFF"), Heic = new("HEIC"), Avif = new("AVIF"), Jxl = new("JPEG XL"),
        Jpeg2000 = new("JPEG 2000"), Photoshop = new("Photoshop"), Icon = new("icon");

    private PictureFormat(string name, IPictureFormat? structure = null) => (Name, Structure) = (name, structure);

    /// <summary>Such as "JPEG" or "HEIC".</summary>
    public string Name { get; }

    /// <summary>How a file of the format is built; null where it is only known by name.</summary>
    internal IPictureFormat? Structure { get; }

    /// <summary>The format of a file; null where it is no picture that is known: a text, a film, an empty file.</summary>
    /// <param name="head">The first <see cref="HeadLength"/> bytes, or more, or all that there are.</param>
    public static PictureFormat? Of(ReadOnlySpan<byte> head)
    {
        foreach (var format in Read)
        {
            if (format.Structure!.Matches(head))
            {
                return format;
            }
        }

        return head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8) || head.StartsWith("II+\0"u8)
            || head.StartsWith("MM\0+"u8) ? Tiff
            : head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8) ? OfBrands(head)
            : head.StartsWith("\0\0\0\u000CJXL "u8) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) ? Jxl
            : head.StartsWith("\0\0\0\u000CjP  "u8) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]) ? Jpeg2000
            : head.StartsWith("8BPS"u8) ? Photoshop
            : head.Length >= 6 && head.StartsWith("\0\0\u0001\0"u8) ? Icon
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    // ISO base media: a box of its length, "ftyp", the major brand, a version, the brands it is compatible with. Films have
    // other brands (ISO/IEC 23008-12, annex B; AV1 image file format, 6).
    private static PictureFormat? OfBrands(ReadOnlySpan<byte> head)
    {
        var end = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(head), (uint)head.Length);
        var isHeif = false;
        for (var at = 8; at + 4 <= end; at += at == 8 ? 8 : 4)
        {
            var brand = head.Slice(at, 4);
            if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
            {
                return Avif;
            }

            isHeif |= brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8)
                || brand.SequenceEqual("msf1"u8);
        }

        return isHeif ? Heic : null;
    }
}
