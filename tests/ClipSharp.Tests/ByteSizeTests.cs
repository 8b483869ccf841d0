namespace ClipSharp.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1_000, "1.0 kB")]
    [InlineData(605_200_000, "605.2 MB")]
    [InlineData(1_710_000_000, "1.7 GB")]
    public void A_file_s_size_has_the_unit_that_fits(long bytes, string text) => Assert.Equal(text, ByteSize.Fitting(bytes));

    [Fact]
    public void A_column_has_one_unit_and_memory_powers_of_two()
    {
        Assert.Equal("1,234.5 MB", ByteSize.Megabytes(1_234_500_000));
        Assert.Equal("0.5 MiB", ByteSize.Mebibytes(1 << 19));
        Assert.Equal("1.5 GiB", ByteSize.Gibibytes(3L << 29));
        Assert.Equal("1.50 GiB", ByteSize.Gibibytes(3L << 29, decimals: 2));
    }
}
