using System.Text.Json;
using ClipSharp.Images;

namespace ClipSharp.Tests.Images;

public sealed class ExtentTests
{
    [Theory]
    [InlineData("224", 224, 224)]
    [InlineData("[16,24]", 16, 24)]
    public void It_is_written_as_it_is_read(string json, int height, int width)
    {
        var extent = JsonSerializer.Deserialize<Extent>(json);
        Assert.Equal(new Extent(height, width), extent);
        Assert.Equal(json, JsonSerializer.Serialize(extent));
        Assert.Equal((height == width, (long)height * width), (extent.IsSquare, extent.Area));
    }

    [Fact]
    public void Equal_sides_are_one_number() =>
        Assert.Equal("8", JsonSerializer.Serialize(JsonSerializer.Deserialize<Extent>("[8,8]")));

    [Fact]
    public void A_square_is_told_by_its_side_and_others_by_height_and_width() =>
        Assert.Equal("224 16x24", $"{Extent.Square(224)} {new Extent(16, 24)}");

    [Fact]
    public void Pictures_that_are_no_squares_lie_row_by_row()
    {
        var batch = new PixelBatch([.. Enumerable.Range(0, 36).Select(i => (byte)i)], new Extent(2, 3));
        Assert.Equal((2, new Extent(2, 3)), (batch.Count, batch.Size));
        Assert.Equal(18, batch.Picture(1)[0]);
        Assert.Contains("[3, 2, 3]",
            Assert.Throws<ArgumentException>(() => new PixelBatch(new byte[12], new Extent(2, 3))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PixelBatch([], new Extent(0, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelBatch(1, new Extent(8, 0)));
    }
}
