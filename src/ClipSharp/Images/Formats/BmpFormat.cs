using System.Buffers.Binary;

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
            ? ((long)BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), (long)BinaryPrimitives.ReadUInt16LittleEndian(file[20..]))
            : (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        header = new PictureHeader(width, Math.Abs(height), 14); // a negative height means rows from the top
        return width <= 0 || height == 0 ? PictureFault.Corrupt : PictureFault.None;
    }

    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header)
    {
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
}
