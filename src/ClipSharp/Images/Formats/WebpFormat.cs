using System.Buffers.Binary;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>WebP: a RIFF file with a chunk VP8 (lossy), VP8L (lossless) or VP8X (extended) first (RFC 9649).</summary>
internal sealed class WebpFormat : IPictureFormat
{
    public bool Matches(ReadOnlySpan<byte> file) =>
        file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8);

    public PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header)
    {
        header = default;
        if (file.Length < 30)
        {
            return PictureFault.Truncated;
        }

        var kind = file[12..16];
        var data = file[20..];
        var (width, height) = (0, 0);
        if (kind.SequenceEqual("VP8X"u8))
        {
            width = 1 + (data[4] | (data[5] << 8) | (data[6] << 16));
            height = 1 + (data[7] | (data[8] << 8) | (data[9] << 16));
        }
        else if (kind.SequenceEqual("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
            width = 1 + (int)(bits & 0x3FFF);
            height = 1 + (int)((bits >> 14) & 0x3FFF);
        }
        else if (kind.SequenceEqual("VP8 "u8))
        {
            width = BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF;
            height = BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF;
        }

        header = new PictureHeader(width, height, 12);
        return width == 0 || height == 0 ? PictureFault.Corrupt : PictureFault.None;
    }

    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L;
        end = (int)Math.Min(length, file.Length);
        return length > file.Length ? PictureFault.Truncated : PictureFault.None;
    }

    public PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette)
    {
        palette = [];
        return PictureMode.Rgba;
    }
}
