using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class TextLinesTests
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "list.txt");

    [Theory]
    [InlineData("a\nb c\n")]
    [InlineData("a\r\nb c")]
    [InlineData("\uFEFFa \nb c\n\n\n")]
    public void Line_ends_marks_and_trailing_blank_lines_do_not_matter(string content)
    {
        File.WriteAllText(_path, content);
        Assert.Equal(["a", "b c"], TextLines.Read(_path));
    }

    [Fact]
    public void A_blank_line_in_the_middle_is_refused_by_its_number()
    {
        File.WriteAllText(_path, "a\n\nb\n");
        Assert.Contains("line 2", Assert.Throws<ClipException>(() => TextLines.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\n")]
    public void An_empty_file_is_refused(string content)
    {
        File.WriteAllText(_path, content);
        Assert.Contains("The list is empty", Assert.Throws<ClipException>(() => TextLines.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        File.WriteAllBytes(_path, [0x61, 0xFF, 0x0A]);
        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => TextLines.Read(_path)).Kind);
    }

    [Fact]
    public void A_missing_file_is_no_input() => Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => TextLines.Read(_path)).Kind);
}
