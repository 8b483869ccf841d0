using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;

namespace ClipSharp.Search.Tests.Queries;

public sealed class PictureFilterTests
{
    private static readonly IndexedPicture Picture =
        new(Path.GetFullPath(Path.Combine("holidays", "Beach 1.JPG")), "Beach 1.JPG")
        {
            Length = 1_500_000,
            Modified = new DateTime(2024, 5, 31, 23, 30, 0, DateTimeKind.Utc),
            Caption = "two dogs at the sea",
            Source = Path.GetFullPath("holidays"),
        };

    [Theory]
    [InlineData("folder = *holidays")]
    [InlineData("name = beach*.jpg")]
    [InlineData("name ~ BEACH")]
    [InlineData("name!~cat")]
    [InlineData("path ~ holidays")]
    [InlineData("caption ~ dogs")]
    [InlineData("caption != *cat*")]
    [InlineData("size > 1MB")]
    [InlineData("size<=1.5MB")]
    [InlineData("size = 1500000")]
    [InlineData("size < 2MiB")]
    [InlineData("date = 2024")]
    [InlineData("date = 2024-05")]
    [InlineData("date = 2024-05-31")]
    [InlineData("date >= 2024-05-31T23:30")]
    [InlineData("date < 2024-06")]
    [InlineData("date != 2023")]
    public void Fits(string filter) => Assert.True(PictureFilter.Parse(filter).Fits(Picture));

    [Theory]
    [InlineData("folder = holidays")]
    [InlineData("name = beach")]
    [InlineData("caption ~ cats")]
    [InlineData("size > 1.5MB")]
    [InlineData("size < 1KiB")]
    [InlineData("date > 2024-05")]
    [InlineData("date < 2024-05")]
    [InlineData("date = 2024-06")]
    public void Does_not_fit(string filter) => Assert.False(PictureFilter.Parse(filter).Fits(Picture));

    [Theory]
    [InlineData("beach", "column, operator and value")]
    [InlineData("colour = red", "path, folder, name, key, caption, source, size or date")]
    [InlineData("size ~ 1MB", "with a size or date")]
    [InlineData("size > big", "such as 300")]
    [InlineData("size > 1e400MB", "such as 300")]
    [InlineData("date > yesterday", "a time such as")]
    [InlineData("name < a", "with a text")]
    public void What_cannot_be_read_is_refused_with_what_can(string filter, string expected)
    {
        var refusal = Assert.Throws<ClipException>(() => PictureFilter.Parse(filter));

        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }
}
