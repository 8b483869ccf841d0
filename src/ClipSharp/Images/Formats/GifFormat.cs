using System.Buffers.Binary;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>GIF: screen descriptor, colour table, blocks; the first image counts (GIF 89a specification).</summary>
internal sealed class GifFormat : IPictureFormat
{
    private const byte Extension = 0x21, Image = 0x2C, GraphicControl = 0xF9;

    public bool Matches(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    public PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header)
    {
        header = default;
        if (file.Length < 13)
        {
            return PictureFault.Truncated;
        }

        var width = BinaryPrimitives.ReadUInt16LittleEndian(file[6..]);
        var height = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        header = new PictureHeader(width, height, 13 + ColourTable(file[10]));
        return width == 0 || height == 0 ? PictureFault.Corrupt : PictureFault.None;
    }

    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end)
    {
        end = file.Length; // the other frames are the picture's own
        return Walk(file, header.Next, out _, out _);
    }

    public PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette)
    {
        Walk(file, 13 + ColourTable(file[10]), out _, out var local);
        var table = TableOf(file, local);

        // Pillow opens a table of greys in their order as L.
        palette = IsGreyRamp(table) ? [] : table.ToArray();
        return palette.Length == 0 ? PictureMode.Rgb : PictureMode.Indexed;
    }

    /// <summary>Gives the screen outside its first frame the colour that Pillow gives it: the clear one, or the first.</summary>
    public static void PaintOutside(ReadOnlySpan<byte> file, RgbImage image)
    {
        Walk(file, 13 + ColourTable(file[10]), out var flags, out var local);
        var frame = file[(local - 9)..];
        var (left, top) = (BinaryPrimitives.ReadUInt16LittleEndian(frame), BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]));
        var right = left + BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]);
        var bottom = top + BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]);
        if (left == 0 && top == 0 && right >= image.Width && bottom >= image.Height)
        {
            return;
        }

        var clear = flags >= 0 && (file[flags] & 1) != 0 ? 3 * file[flags + 3] : 0;
        var table = TableOf(file, local);
        ReadOnlySpan<byte> colour = clear + 3 <= table.Length ? table.Slice(clear, 3) : [0, 0, 0];
        for (var (y, to) = (0, 0); y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++, to += 3)
            {
                if (x < left || x >= right || y < top || y >= bottom)
                {
                    colour.CopyTo(image.Pixels.AsSpan(to));
                }
            }
        }
    }

    private static ReadOnlySpan<byte> TableOf(ReadOnlySpan<byte> file, int local) => ColourTable(file[local - 1]) > 0
        ? file.Slice(local, ColourTable(file[local - 1]))
        : file.Slice(13, ColourTable(file[10]));

    private static bool IsGreyRamp(ReadOnlySpan<byte> table)
    {
        for (var i = 0; i < table.Length; i++)
        {
            if (table[i] != i / 3)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The offset of the flags of the first image's graphic control, where bit 0 says that one colour is clear;
    /// −1 where it is not set.</summary>
    public static int TransparencyFlag(ReadOnlySpan<byte> file)
    {
        Walk(file, 13 + ColourTable(file[10]), out var flags, out _);
        return flags >= 0 && (file[flags] & 1) != 0 ? flags : -1;
    }

    private static int ColourTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static PictureFault Walk(ReadOnlySpan<byte> file, int at, out int flags, out int localTable)
    {
        (flags, localTable) = (-1, -1);
        while (at < file.Length)
        {
            switch (file[at++])
            {
                case Extension:
                    if (file.Length - at >= 3 && file[at] == GraphicControl)
                    {
                        flags = at + 2;
                    }

                    at++;
                    TrySkipBlocks(file, ref at); // a cut ends the loop
                    break;
                case Image:
                    if (file.Length - at < 9)
                    {
                        return PictureFault.Truncated;
                    }

                    localTable = at + 9;
                    at += 9 + ColourTable(file[at + 8]) + 1;
                    return TrySkipBlocks(file, ref at) ? PictureFault.None : PictureFault.Truncated;
                default:
                    return PictureFault.Corrupt;
            }
        }

        return PictureFault.Truncated;
    }

    // Blocks of a length byte and as many bytes, ended by a length of 0.
    private static bool TrySkipBlocks(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length)
        {
            int length = file[at];
            at += 1 + length;
            if (length == 0)
            {
                return true;
            }
        }

        return false;
    }
}
