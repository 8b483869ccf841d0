using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class TextLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a\nb c\n")]
    [InlineData("a\r\nb c")]
    [InlineData("\uFEFFa \nb c\n\n\n")]
    public void Line_ends_marks_and_trailing_blank_lines_do_not_matter(string content)
    {
        File.WriteAllText(List, content);
        Assert.Equal(["a", "b c"], TextLines.Read(List));
    }

    [Fact]
    public void A_blank_line_in_the_middle_is_refused_by_its_number()
    {
        File.WriteAllText(List, "a\n\nb\n");
        Assert.Contains("line 2", Assert.Throws<ClipException>(() => TextLines.Read(List)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\n")]
    public void An_empty_file_is_refused(string content)
    {
        File.WriteAllText(List, content);
        Assert.Contains("The list is empty", Assert.Throws<ClipException>(() => TextLines.Read(List)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        File.WriteAllBytes(List, [0x61, 0xFF, 0x0A]);
        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => TextLines.Read(List)).Kind);
    }

    [Fact]
    public void A_missing_file_is_no_input() =>
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => TextLines.Read(List)).Kind);

    private string List => _folder["list.txt"];
}
