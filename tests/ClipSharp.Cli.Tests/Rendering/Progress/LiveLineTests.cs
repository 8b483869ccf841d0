using ClipSharp.Cli.Rendering.Progress;
using Spectre.Console.Rendering;

namespace ClipSharp.Cli.Tests.Rendering.Progress;

public sealed class LiveLineTests : IDisposable
{
    private readonly StringWriter _written = new() { NewLine = "\n" };
    private int _columns = 80;

    public void Dispose() => _written.Dispose();

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(9)]
    [InlineData(2)]
    [InlineData(1)]
    [InlineData(0)]
    public void No_text_reaches_the_window_s_last_column(int columns)
    {
        _columns = columns;
        var line = new RewrittenLine(_written, () => _columns);
        foreach (var text in (string[])[new string('x', 200), new string('猫', 100), string.Concat(Enumerable.Repeat("🐈", 60)),
            "two\nlines", "short"])
        {
            line.Write(text);
        }

        line.Clear();
        var room = columns > 0 ? Math.Max(1, columns - 1) : 79;
        Assert.All(_written.ToString().Split('\r'), shown =>
        {
            Assert.InRange(new Segment(shown).CellCount(), 0, room);
            Assert.DoesNotContain('\n', shown);
            Assert.True(shown.Length == 0 || !char.IsHighSurrogate(shown.TrimEnd('…', ' ').LastOrDefault()), "half a character");
        });
    }

    [Fact]
    public void A_longer_text_is_wiped_by_a_shorter_one_also_in_a_window_that_became_narrower()
    {
        var line = new RewrittenLine(_written, () => _columns);
        line.Write("a long text");
        line.Write("short");
        _columns = 8;
        line.Write("now");
        Assert.Equal(["", "a long text", "short      ", "now  "], _written.ToString().Split('\r'));
    }

    [Fact]
    public void What_is_said_stays_above_the_line_and_holds_no_command_of_a_terminal()
    {
        using (var line = new LiveLine(_written, isLive: true, TimeProvider.System, () => _columns))
        {
            line.Update(new string('x', 200));
            line.Say("left out: a\u001b[2Jb.png");
        }

        var written = _written.ToString().Split('\r');
        Assert.Equal(79, written[1].Length);
        Assert.EndsWith("…", written[1], StringComparison.Ordinal);
        Assert.Equal("left out: a\uFFFD[2Jb.png\n", written[3]);
    }

    [Fact]
    public void A_file_gets_the_whole_line()
    {
        using (var line = new LiveLine(_written, isLive: false, TimeProvider.System, () => _columns))
        {
            line.Update(new string('x', 200));
        }

        Assert.Equal(new string('x', 200) + "\n", _written.ToString());
    }
}
