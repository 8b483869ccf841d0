using Spectre.Console.Rendering;

namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>A line of a terminal that is written anew in its place. It is cut to the window: a longer one would wrap, and each
/// new one would scroll the terminal. Use from one thread.</summary>
/// <param name="writer">The terminal.</param>
/// <param name="columns">The window's width, asked each time: people resize windows; null = the console's.</param>
internal sealed class RewrittenLine(TextWriter writer, Func<int>? columns = null)
{
    private const int UnknownWidth = 80; // serial lines and some build servers say 0

    private readonly Func<int> _columns = columns ?? WindowWidth;
    private int _shown;

    /// <summary>Shows a text instead of the last one.</summary>
    public void Write(string text)
    {
        // The last column stays free: some terminals go to the next line as soon as it is filled.
        var room = Math.Max(1, (_columns() is > 0 and var width ? width : UnknownWidth) - 1);
        var line = Fitting(Styled.Plain(text).Replace('\n', ' ').Replace('\t', ' '), room);
        var shown = Columns(line);
        writer.Write('\r' + line + new string(' ', Math.Clamp(_shown - shown, 0, room - shown)));
        _shown = shown;
    }

    /// <summary>Clears the line; the next text begins at its start.</summary>
    public void Clear()
    {
        if (_shown > 0)
        {
            Write("");
            writer.Write('\r');
        }
    }

    private static string Fitting(string text, int room)
    {
        if (Columns(text) <= room)
        {
            return text;
        }

        // A character may be two columns wide, and one beyond UTF-16's first 65,536 is two chars long.
        var cut = Segment.Truncate(new Segment(text), room - 1)?.Text ?? "";
        return (cut.Length > 0 && char.IsHighSurrogate(cut[^1]) ? cut[..^1] : cut) + "…";
    }

    private static int Columns(string text) => new Segment(text).CellCount();

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return UnknownWidth;
        }
    }
}
