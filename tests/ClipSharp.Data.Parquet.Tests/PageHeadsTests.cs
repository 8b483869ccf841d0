using ClipSharp.Data.Index;

namespace ClipSharp.Data.Parquet.Tests;

/// <summary>What the heads of pages say is held against the column before the library believes it.</summary>
public sealed class PageHeadsTests
{
    [Fact]
    public void Sound_pages_pass_with_a_dictionary_and_with_both_kinds_of_data()
    {
        byte[] column =
        [
            .. Page(kind: 2, unpacked: 8, packed: 5, values: 3), .. new byte[5],
            .. Page(kind: 0, unpacked: 90, packed: 70, values: 60), .. new byte[70],
            .. Page(kind: 3, unpacked: 90, packed: 80, values: 40), .. new byte[80],
        ];

        PageHeads.Check(new MemoryStream([0, 0, .. column]), 2, column.Length, values: 100, mostUnpacked: 188);
    }

    [Theory]
    [InlineData(int.MaxValue, 10, 5)]
    [InlineData(-1, 10, 5)]
    [InlineData(10, int.MaxValue, 5)]
    [InlineData(10, -1, 5)]
    [InlineData(10, 10, 0)]
    [InlineData(10, 10, -1)]
    [InlineData(10, 10, 6)]
    [InlineData(10, 10, 4)]
    public void Sizes_that_do_not_fit_are_damage(int unpacked, int packed, int values)
    {
        byte[] column = [.. Page(kind: 0, unpacked, packed, values), .. new byte[10]];

        var fault = Assert.Throws<ParquetFault>(() => PageHeads.Check(new MemoryStream(column), 0, column.Length, 5, 100));

        Assert.Equal(SkipReason.CorruptShard, fault.Reason);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x15 })]                                     // a number is cut off
    [InlineData(new byte[] { 0x00 })]                                     // no sizes
    [InlineData(new byte[] { 0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })] // a list of four milliards
    [InlineData(new byte[] { 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]       // a text as long
    [InlineData(new byte[] { 0x1D })]                                     // no such type
    public void Heads_that_are_none_are_damage(byte[] column) =>
        Assert.Throws<ParquetFault>(() => PageHeads.Check(new MemoryStream(column), 0, column.Length, 1, 100));

    [Fact]
    public void Nesting_has_an_end()
    {
        var column = Enumerable.Repeat((byte)0x1C, 1000).ToArray(); // a struct in a struct

        Assert.Throws<ParquetFault>(() => PageHeads.Check(new MemoryStream(column), 0, column.Length, 1, 100));
    }

    // Fields 1 to 3, then the struct of the kind, whose first field is the number of values.
    private static byte[] Page(int kind, int unpacked, int packed, int values)
    {
        var place = kind switch { 0 => 5, 2 => 7, _ => 8 };
        return
        [
            0x15, .. ZigZag(kind), 0x15, .. ZigZag(unpacked), 0x15, .. ZigZag(packed), (byte)(((place - 3) << 4) | 12),
            0x15, .. ZigZag(values), 0x28, 2, 65, 66, 0x00, 0x00,
        ];
    }

    private static List<byte> ZigZag(int value)
    {
        var (rest, bytes) = ((uint)((value << 1) ^ (value >> 31)), new List<byte>());
        for (; rest > 127; rest >>= 7)
        {
            bytes.Add((byte)(rest | 128));
        }

        return [.. bytes, (byte)rest];
    }
}
