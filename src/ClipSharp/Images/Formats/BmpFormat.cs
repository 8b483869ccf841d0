using System.Buffers.Binary;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>Windows and OS/2 bitmaps: file header of 14 bytes, then an information header that begins with its length.</summary>
internal sealed class BmpFormat : IPictureFormat
{
    private const int CoreHeader = 12;

    public bool Matches(ReadOnlySpan<byte> file) => file.Length >= 18 && file.StartsWith("BM"u8)
        && BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) is CoreHeader or 16 or 40 or 52 or 56 or 64 or 108 or 124;

    public PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header)
    {
        header = default;
        if (file.Length < 34)
        {
            return PictureFault.Truncated;
        }

        var core = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == CoreHeader;
        var (width, height) = core
            ? ((long)BinaryPrimitives.ReadUInt16LittleEndian(file[18..]),
                (long)BinaryPrimitives.ReadUInt16LittleEndian(file[20..]))
            : (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        header = new PictureHeader(width, Math.Abs(height), 14); // a negative height means rows from the top
        return width <= 0 || height == 0 ? PictureFault.Corrupt : PictureFault.None;
    }

    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end)
    {
        end = file.Length;
        var core = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == CoreHeader;
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(file[(core ? 24 : 28)..]);
        var compression = core ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        if (compression is not (0 or 3))
        {
            return PictureFault.None; // run lengths: the decoder finds the end
        }

        var row = ((header.Width * bits) + 31) / 32 * 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(file[10..]) + (row * header.Height) > file.Length
            ? PictureFault.Truncated
            : PictureFault.None;
    }

    public PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette)
    {
        palette = [];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        var core = length == CoreHeader;
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(file[(core ? 24 : 28)..]);
        if (bits is not (1 or 4 or 8))
        {
            return PictureMode.Rgba;
        }

        // Blue, green, red, and a fourth byte except in the core header.
        var named = core || length < 36 || file.Length < 50 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(file[46..]);
        var colours = named is 0 or > 256 ? 1 << bits : (int)named;
        var step = core ? 3 : 4;
        var table = file[(int)Math.Min(14 + length, file.Length)..];
        colours = Math.Min(colours, table.Length / step);
        var found = new byte[3 * colours];
        var isGrey = true;
        for (var i = 0; i < colours; i++)
        {
            var colour = table.Slice(i * step, 3);
            (found[3 * i], found[(3 * i) + 1], found[(3 * i) + 2]) = (colour[2], colour[1], colour[0]);
            isGrey &= colour[0] == i && colour[1] == i && colour[2] == i;
        }

        if (found is [0, 0, 0, 255, 255, 255])
        {
            palette = Palettes.TwoColours();
            return PictureMode.Indexed;
        }

        // Pillow opens a table of greys in their order as L.
        palette = isGrey ? [] : found;
        return palette.Length == 0 ? PictureMode.Rgb : PictureMode.Indexed;
    }
}
