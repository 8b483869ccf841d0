using System.Text;

namespace ClipSharp.Search.Postgres;

/// <summary>Text as PostgreSQL takes it.</summary>
internal static class SqlText
{
    /// <summary>The same text with U+FFFD in place of a zero and of half a character: a file name or a caption may hold them, a
    /// database of UTF-8 may not.</summary>
    public static string Clean(string text)
    {
        var isClean = !text.Contains('\0', StringComparison.Ordinal);
        for (var i = 0; i < text.Length && isClean; i++)
        {
            isClean = !char.IsSurrogate(text[i]) || (char.IsSurrogatePair(text, i) && ++i > 0);
        }

        return isClean ? text
            : string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? Rune.ReplacementChar : rune));
    }
}
