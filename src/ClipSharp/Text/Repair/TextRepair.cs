using System.Buffers;

namespace ClipSharp.Text.Repair;

/// <summary>Mends what texts of the web suffer from: mojibake, HTML references, typographic characters, control characters.
/// Equal to <c>fix_text</c> of ftfy 6.3 with its defaults, which openai/CLIP cleans texts with first.</summary>
/// <remarks>The reference looks at a line again until nothing changes, however often. Here a text may be looked at
/// <see cref="Passes"/> times in all, and <see cref="Extra"/> characters more: what needs more than that is built to, and is
/// left as far as it got.</remarks>
internal static class TextRepair
{
    private const int MaxSegment = 1_000_000; // characters of a line that are taken at once
    private const int Passes = 32;
    private const long Extra = 1 << 22;

    // In a text of these nothing can be wrong.
    private static readonly SearchValues<char> Plain = SearchValues.Create(string.Concat(
        "\t\n\f", string.Concat(Enumerable.Range(' ', '\x7f' - ' ').Select(code => (char)code).Where(c => c != '&'))));

    /// <summary>The text mended; itself when nothing was wrong. A lone surrogate becomes U+FFFD.</summary>
    public static string Repair(string text) => Repair(text, out _);

    /// <param name="text">The text.</param>
    /// <param name="work">How many characters were looked at, each as often as it was.</param>
    public static string Repair(string text, out long work)
    {
        work = 0;
        return text.AsSpan().ContainsAnyExcept(Plain) ? RepairLines(text, out work) : text;
    }

    private static string RepairLines(string text, out long work)
    {
        var start = (Passes * (long)text.Length) + Extra;
        var budget = start;
        var unescapes = true;
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = EndOfLine(text, at);
            var line = text[at..end];
            unescapes &= !line.Contains('<'); // from markup on, references are taken for markup too
            lines.Add(line.AsSpan().ContainsAnyExcept(Plain) ? RepairLine(line, unescapes, ref budget) : line);
            at = end;
        }

        work = start - budget;
        return string.Concat(lines);
    }

    private static string RepairLine(string line, bool unescapes, ref long budget)
    {
        while (true)
        {
            budget -= line.Length;
            var before = line;
            line = unescapes ? HtmlReferences.UnescapeClosed(line) : line;
            line = MojibakeRepair.Repair(line, ref budget);
            line = CharacterRepair.Repair(line);
            line = CanonicalComposition.Compose(line);
            if (line == before || budget <= 0)
            {
                return line;
            }
        }
    }

    private static int EndOfLine(string text, int start)
    {
        var newline = text.IndexOf('\n', start);
        var end = newline < 0 ? text.Length : newline + 1;
        if (end - start <= MaxSegment)
        {
            return end;
        }

        var at = start;
        for (var characters = 0; at < end && characters < MaxSegment; characters++)
        {
            at += char.IsSurrogatePair(text, at) ? 2 : 1;
        }

        return at;
    }
}
