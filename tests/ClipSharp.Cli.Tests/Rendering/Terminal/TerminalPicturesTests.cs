using System.Text.RegularExpressions;
using ClipSharp.Cli.Rendering.Terminal;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Cli.Tests.Rendering.Terminal;

public sealed partial class TerminalPicturesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(40, 6)]
    [InlineData(33, 17)]
    public void Sixels_are_the_picture_within_a_level(int width, int height)
    {
        var picture = Drawn(width, height);

        var shown = DecodedSixels.Of(SixelImage.Encode(picture));

        Assert.Equal((width, height), (shown.Width, shown.Height));
        for (var i = 0; i < width * height; i++)
        {
            var (red, green, blue) = shown.Pixels[i]!.Value;
            Assert.All([(red, 0), (green, 1), (blue, 2)], pair =>
                Assert.InRange((pair.Item1 * 2.55) - picture.Pixels[(3 * i) + pair.Item2], -51.5, 51.5));
        }
    }

    [Fact]
    public void Greys_between_two_levels_are_mixed_of_them()
    {
        var grey = new byte[3 * 16 * 16];
        Array.Fill(grey, (byte)128);

        var shown = DecodedSixels.Of(SixelImage.Encode(new RgbImage(16, 16, grey)));

        Assert.Equal([40, 60], shown.Pixels.Select(pixel => pixel!.Value.Red).Distinct().Order());
        Assert.InRange(shown.Pixels.Average(pixel => pixel!.Value.Red), 49, 51.5);
    }

    [Fact]
    public void Black_and_white_stay_so()
    {
        byte[] pixels = [0, 0, 0, 255, 255, 255];

        var shown = DecodedSixels.Of(SixelImage.Encode(new RgbImage(2, 1, pixels)));

        Assert.Equal([(0, 0, 0), (100, 100, 100)], shown.Pixels.Select(pixel => pixel!.Value));
    }

    [Fact]
    public void Kitty_is_given_a_png_in_parts_of_at_most_4096_and_asked_for_no_answer()
    {
        var picture = Drawn(90, 70);

        var sequence = KittyImage.Encode(picture);

        var parts = KittyParts().Matches(sequence);
        Assert.Equal(sequence, string.Concat(parts.Select(part => part.Value)));
        Assert.True(parts.Count > 1);
        Assert.Equal("a=T,f=100,q=2,m=1", parts[0].Groups[1].Value);
        Assert.All(parts.Skip(1).SkipLast(1), part => Assert.Equal("m=1", part.Groups[1].Value));
        Assert.Equal("m=0", parts[^1].Groups[1].Value);
        Assert.All(parts, part => Assert.InRange(part.Groups[2].Length, 1, 4096));
        var png = Convert.FromBase64String(string.Concat(parts.Select(part => part.Groups[2].Value)));
        Assert.Equal(picture.Pixels, ImageDecoder.Decode(png, "a.png", DecodeLimits.Default).Pixels);
    }

    [Theory]
    [InlineData(80, 4, "1;1;536;128", "1;1;128;128")]
    [InlineData(10, 1, "1;1;128;128", "1;1;128;128")]
    [InlineData(null, 4, "1;1;536;128", "1;1;128;128")]
    public void Rows_are_as_wide_as_the_terminal(int? columns, int inRow, string first, string last)
    {
        using var writer = new StringWriter();
        var thumbnails = Enumerable.Repeat(Drawn(PictureGrid.Side, PictureGrid.Side), 5).ToList();

        PictureGrid.Write(writer, thumbnails, TerminalPictures.Sixel, columns);

        var rows = writer.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal((5 + inRow - 1) / inRow, rows.Length);
        Assert.Contains(first, rows[0], StringComparison.Ordinal);
        Assert.Contains(last, rows[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Kitty", "KITTY_WINDOW_ID=1", "TERM=xterm-kitty")]
    [InlineData("Kitty", "TERM=xterm-ghostty")]
    [InlineData("Sixel", "TERM=foot")]
    [InlineData("Sixel", "TERM=xterm-256color", "TERM_PROGRAM=WezTerm")]
    [InlineData("None", "TERM=xterm-256color")]
    [InlineData("None")]
    [InlineData("None", "TERM=tmux-256color", "TMUX=/tmp/tmux,1,0", "KITTY_WINDOW_ID=1")]
    [InlineData("None", "TERM=screen", "STY=1", "TERM_PROGRAM=WezTerm")]
    public void What_is_not_known_is_given_no_pictures_unasked(string expected, params string[] environment)
    {
        string? Variable(string name) => environment.Select(entry => entry.Split('='))
            .FirstOrDefault(entry => entry[0] == name)?[1];

        Assert.Equal(expected, $"{KnownTerminals.Of(TerminalPictures.Auto, Variable)}");
        Assert.Equal(TerminalPictures.Sixel, KnownTerminals.Of(TerminalPictures.Sixel, Variable));
    }

    private static RgbImage Drawn(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        new Random(1).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    [GeneratedRegex(@"\x1b_G([^;]*);([^\x1b]*)\x1b\\")]
    private static partial Regex KittyParts();
}
