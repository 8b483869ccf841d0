using ClipSharp.Data;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Tests.Data.Sources.Tables;

public sealed class TableHeadTests
{
    private static readonly DataOptions Standard = new();

    [Theory]
    [InlineData("filepath\ttitle", '\t', 0, 1)]
    [InlineData("title\tfilepath\tother", '\t', 1, 0)]
    [InlineData("filepath,title", ',', 0, 1)]
    [InlineData("image,caption", ',', 0, 1)]
    [InlineData("id;Image;Text", ';', 1, 2)]
    [InlineData("\"image\",\"comment, long\",\"caption\"", ',', 0, 2)]
    [InlineData("image_name| comment_number| comment", '|', 0, 2)]
    [InlineData("image\ttext", '\t', 0, 1)]
    public void Usual_names_are_found_between_usual_separators(string line, char separator, int picture, int caption)
    {
        var head = TableHead.Of(line, Standard, "t.csv", needsPictures: true);
        Assert.Equal((separator, picture, caption), (head.Separator, head.Picture, head.Caption));
    }

    [Fact]
    public void What_is_as_the_options_say_is_not_remarked()
    {
        Assert.Null(TableHead.Of("filepath\ttitle", Standard, "t.tsv", needsPictures: true).Note);
        Assert.Null(TableHead.Of("a,b", new DataOptions { CsvImgKey = "a", CsvCaptionKey = "b", CsvSeparator = "," }, "t.csv",
            needsPictures: true).Note);
        Assert.Equal("by its first line, pictures are in \"image\" and captions in \"caption\", between commas (--csv-img-key image --csv-caption-key caption --csv-separator ,)",
            TableHead.Of("image,caption", Standard, "t.csv", needsPictures: true).Note);
    }

    [Fact]
    public void Captions_alone_need_no_pictures() =>
        Assert.Equal((-1, 1), (TableHead.Of("id,caption", Standard, "t.csv", needsPictures: false).Picture,
            TableHead.Of("id,caption", Standard, "t.csv", needsPictures: false).Caption));

    [Fact]
    public void What_the_user_names_must_be_there()
    {
        var options = new DataOptions { CsvImgKey = "photo" };
        Assert.Equal(1, TableHead.Of("image,photo,caption", options, "t.csv", needsPictures: true).Picture);
        var message = Message("image,caption", options);
        Assert.Contains("found image | caption (between commas), expected a column of pictures (photo). If the columns have other names, say which, such as --csv-img-key image --csv-separator ,.",
            message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_separator_that_does_not_fit_is_answered_by_one_that_does() =>
        Assert.EndsWith("Use --csv-separator \\t: between tabs the columns fit.",
        Message("filepath\ttitle", new DataOptions { CsvSeparator = "," }), StringComparison.Ordinal);

    [Fact]
    public void A_table_without_a_head_is_told_to_have_one() =>
        Assert.EndsWith("If there are no names, put a line with them first.",
        Message("pictures/1.jpg,a dog runs", Standard), StringComparison.Ordinal);

    private static string Message(string line, DataOptions options) =>
        Assert.Throws<ClipException>(() => TableHead.Of(line, options, "t.csv", needsPictures: true)).Message;
}
