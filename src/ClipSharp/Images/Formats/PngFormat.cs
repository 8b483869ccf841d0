using System.Buffers.Binary;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>PNG: signature, then chunks of length, type, data, CRC, from IHDR to IEND (PNG specification, 5).</summary>
internal sealed class PngFormat : IPictureFormat
{
    public const int SignatureLength = 8;

    /// <summary>Bytes of a chunk beside its data: length, type, CRC.</summary>
    public const int ChunkFrame = 12;

    public bool Matches(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header)
    {
        header = default;
        if (file.Length < SignatureLength + ChunkFrame + 13)
        {
            return PictureFault.Truncated;
        }

        var chunk = file[SignatureLength..];
        if (BinaryPrimitives.ReadUInt32BigEndian(chunk) != 13 || !chunk[4..8].SequenceEqual("IHDR"u8))
        {
            return PictureFault.Corrupt;
        }

        var width = BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(chunk[12..]);
        header = new PictureHeader(width, height, SignatureLength + ChunkFrame + 13);
        return width is 0 or > int.MaxValue || height is 0 or > int.MaxValue ? PictureFault.Corrupt : PictureFault.None;
    }

    // As Pillow: every row is wanted, the chunks behind the rows are not.
    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end)
    {
        end = header.Next;
        if (TryNextChunk(file, "IEND"u8, ref end, out _))
        {
            return PictureFault.None;
        }

        end = file.Length;
        return PngRows.AreWhole(file) ? PictureFault.None : PictureFault.Truncated;
    }

    public PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette)
    {
        palette = [];
        var (depth, colourType) = (file[SignatureLength + 16], file[SignatureLength + 17]);
        switch (colourType)
        {
            case 0 when depth == 16:
                return PictureMode.Grey16;
            case 0 when depth == 1:
                palette = Palettes.TwoColours();
                return PictureMode.Indexed;
            case 3:
                palette = PaletteOf(file);
                return PictureMode.Indexed;
            default:
                return colourType is 4 or 6 ? PictureMode.Rgba : PictureMode.Rgb;
        }
    }

    /// <summary>Whether the file has its end mark.</summary>
    public static bool HasEnd(ReadOnlySpan<byte> file)
    {
        var at = SignatureLength;
        return TryNextChunk(file, "IEND"u8, ref at, out _);
    }

    /// <summary>The next chunk of a type, from an offset that is a chunk's; moves the offset behind it.</summary>
    public static bool TryNextChunk(ReadOnlySpan<byte> file, ReadOnlySpan<byte> type, ref int at, out ReadOnlySpan<byte> data)
    {
        while (file.Length - at >= ChunkFrame)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - ChunkFrame)
            {
                break;
            }

            var found = file.Slice(at + 4, 4).SequenceEqual(type);
            data = file.Slice(at + 8, (int)length);
            at += ChunkFrame + (int)length;
            if (found)
            {
                return true;
            }
        }

        data = default;
        return false;
    }

    private static byte[] PaletteOf(ReadOnlySpan<byte> file)
    {
        var at = SignatureLength;
        return TryNextChunk(file, "PLTE"u8, ref at, out var colours) ? colours.ToArray() : [];
    }
}
