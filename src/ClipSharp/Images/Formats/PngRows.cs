using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ClipSharp.Images.Formats;

/// <summary>The compressed rows of a PNG: the data of its IDAT chunks, one behind the other, of which the last may be cut (PNG
/// specification, 8 to 10).</summary>
internal static class PngRows
{
    private const int Depth = 24, ColourType = 25, Interlace = 28, ChunkHead = 8;

    // Adam7: first column and row, steps.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>The passes over the picture: first column and row, steps.</summary>
    public static (int X, int Y, int StepX, int StepY)[] Passes(ReadOnlySpan<byte> file) =>
        file[Interlace] == 0 ? [(0, 0, 1, 1)] : Adam7;

    /// <summary>The rows with their filters, uncompressed as they are read.</summary>
    public static ZLibStream Open(ReadOnlySpan<byte> file)
    {
        var packed = new MemoryStream();
        Collect(file, packed);
        packed.Position = 0;
        return new ZLibStream(packed, CompressionMode.Decompress);
    }

    /// <summary>Whether the data hold every row, whatever is missing behind them.</summary>
    /// <param name="file">A file with a sound header.</param>
    public static bool AreWhole(ReadOnlySpan<byte> file)
    {
        var left = Length(file);
        using var rows = Open(file);
        var part = new byte[1 << 16];
        try
        {
            while (left > 0)
            {
                var count = rows.Read(part, 0, (int)Math.Min(part.Length, left));
                if (count == 0)
                {
                    return false;
                }

                left -= count;
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>The file with its rows packed anew and an end, for decoders that ask for all check sums.</summary>
    /// <param name="file">A file whose rows are whole.</param>
    public static byte[] Completed(ReadOnlySpan<byte> file)
    {
        var data = new MemoryStream();
        data.Write("IDAT"u8);
        using (var rows = Open(file))
        using (var packed = new ZLibStream(data, CompressionLevel.NoCompression, leaveOpen: true))
        {
            var part = new byte[1 << 16];
            var left = Length(file);
            for (var count = 1; count > 0 && left > 0; left -= count)
            {
                count = rows.Read(part, 0, (int)Math.Min(part.Length, left));
                packed.Write(part, 0, count);
            }
        }

        var completed = new MemoryStream();
        completed.Write(file[..Collect(file, Stream.Null)]);
        WriteChunk(completed, data.GetBuffer().AsSpan(0, (int)data.Length));
        WriteChunk(completed, "IEND"u8);
        return completed.ToArray();
    }

    // Returns the offset of the first chunk of data.
    private static int Collect(ReadOnlySpan<byte> file, Stream packed)
    {
        var first = file.Length;
        var at = PngFormat.SignatureLength;
        while (file.Length - at > ChunkHead)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            var data = file[(at + ChunkHead)..];
            if (file.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                first = Math.Min(first, at);
                packed.Write(data[..(int)Math.Min(length, data.Length)]);
            }

            at = (int)Math.Min(file.Length, at + (long)PngFormat.ChunkFrame + length);
        }

        return first;
    }

    // Bytes of all rows, each with its filter.
    private static long Length(ReadOnlySpan<byte> file)
    {
        var width = BinaryPrimitives.ReadUInt32BigEndian(file[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(file[20..]);
        var bits = (long)file[Depth] * file[ColourType] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return Passes(file).Sum(pass =>
        {
            var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
            var rows = (height - pass.Y + pass.StepY - 1) / pass.StepY;
            return columns <= 0 || rows <= 0 ? 0 : rows * (1 + (((columns * bits) + 7) / 8));
        });
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> typeAndData)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, typeAndData.Length - 4);
        file.Write(number);
        file.Write(typeAndData);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(typeAndData));
        file.Write(number);
    }
}
