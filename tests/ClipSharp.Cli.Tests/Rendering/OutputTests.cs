using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;

namespace ClipSharp.Cli.Tests.Rendering;

public sealed class OutputTests
{
    [Fact]
    public void A_redirected_table_is_plain_text_without_trailing_blanks()
    {
        using var written = new StringWriter { NewLine = "\n" };
        new Output(written, TextWriter.Null).Table(
            [new("Label"), new("Score", IsNumber: true)], [["a [red]cat[/]", "0.75"], ["dog", "0.125"]]);
        var lines = written.ToString().Split('\n');
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.DoesNotContain('\e', written.ToString());
        Assert.Contains(lines, line => line.Contains("a [red]cat[/]", StringComparison.Ordinal)
            && line.EndsWith(" 0.75", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("0.125", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "████")]
    [InlineData(0.5, "██")]
    [InlineData(0.53125, "██▏")]
    [InlineData(7, "████")]
    [InlineData(-1, "")]
    [InlineData(double.NaN, "")]
    public void A_bar_is_exact_to_an_eighth(double share, string expected) => Assert.Equal(expected, Bars.Of(share, 4));
}
