using System.Buffers.Binary;
using System.IO.Compression;
using ClipSharp.Images.Formats;

namespace ClipSharp.Tests.Images.Formats;

public sealed class Grey16PngTests
{
    // Two rows of two levels, unfiltered.
    private static readonly byte[] Rows = [0, 1, 2, 3, 4, 0, 5, 6, 7, 8];

    [Fact]
    public void Levels_are_read_whole()
    {
        Assert.True(TryRead(Packed(Rows), interlace: 0, out var levels));
        Assert.Equal([0x0102, 0x0304, 0x0506, 0x0708], levels);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Rows_that_are_cut_or_filtered_in_no_known_way_are_damage(byte interlace)
    {
        Assert.False(TryRead(Packed([]), interlace, out _));
        Assert.False(TryRead(Packed(Rows[..2]), interlace, out _));
        Assert.False(TryRead(Packed(Rows[..^1]), interlace, out _));
        Assert.False(TryRead(Packed([5, .. Rows[1..]]), interlace, out _));
    }

    [Fact]
    public void Data_that_are_not_packed_are_damage() => Assert.False(TryRead([1, 2, 3, 4, 5, 6, 7, 8], interlace: 0, out _));

    private static bool TryRead(byte[] data, byte interlace, out ushort[] levels)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        byte[] file = [.. new byte[8], 0, 0, 0, 13, .. "IHDR"u8, .. new byte[12], interlace, 0, 0, 0, 0, .. length, .. "IDAT"u8,
            .. data, 0, 0, 0, 0];
        levels = new ushort[4];
        return Grey16Png.TryRead(file, 2, 2, levels);
    }

    private static byte[] Packed(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(rows);
        }

        return packed.ToArray();
    }
}
