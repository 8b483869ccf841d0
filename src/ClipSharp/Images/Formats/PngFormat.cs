using System.Buffers.Binary;

namespace ClipSharp.Images.Formats;

/// <summary>PNG: signature, then chunks of length, type, data, CRC, from IHDR to IEND (PNG specification, 5).</summary>
internal sealed class PngFormat : IPictureFormat
{
    private const int SignatureLength = 8, ChunkFrame = 12;

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

    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header)
    {
        var rest = file[header.Next..];
        while (rest.Length >= ChunkFrame)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkFrame)
            {
                return PictureFault.Truncated;
            }

            if (rest[4..8].SequenceEqual("IEND"u8))
            {
                return PictureFault.None;
            }

            rest = rest[(ChunkFrame + (int)length)..];
        }

        return PictureFault.Truncated;
    }
}
