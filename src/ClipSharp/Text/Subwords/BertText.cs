using System.Globalization;
using System.Text;

namespace ClipSharp.Text.Subwords;

/// <summary>The steps before BERT's WordPiece (<c>BertNormalizer</c> and <c>BertPreTokenizer</c>): control characters out, CJK
/// characters apart, accents out and lower case for an uncased model; then words and single punctuation signs.</summary>
internal static class BertText
{
    /// <summary>Normalizes a text.</summary>
    public static string Normalize(string text, bool lowers)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is 0x0B or 0x0C or 0x85)
            {
                continue; // white space elsewhere, here control characters
            }

            if (Rune.IsWhiteSpace(rune))
            {
                clean.Append(' ');
            }
            else if (IsIdeograph(rune.Value))
            {
                clean.Append(' ').Append(rune).Append(' ');
            }
            else if (rune.Value is not (0 or 0xFFFD) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
                or UnicodeCategory.Format or UnicodeCategory.PrivateUse))
            {
                clean.Append(rune);
            }
        }

        if (!lowers)
        {
            return clean.ToString();
        }

        var plain = new StringBuilder(clean.Length);
        foreach (var rune in CanonicalComposition.Decompose(clean.ToString()).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                plain.Append(rune);
            }
        }

        return TextCleaner.LowerByLetter(plain.ToString());
    }

    /// <summary>The words and punctuation signs of a normalized text.</summary>
    public static IEnumerable<string> Words(string text)
    {
        var from = 0;
        for (int at = 0, width; at < text.Length; at += width)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out width);
            var isSign = IsPunctuation(rune);
            if (!isSign && !Rune.IsWhiteSpace(rune))
            {
                continue;
            }

            if (from < at)
            {
                yield return text[from..at];
            }

            if (isSign)
            {
                yield return text.Substring(at, width);
            }

            from = at + width;
        }

        if (from < text.Length)
        {
            yield return text[from..];
        }
    }

    private static bool IsPunctuation(Rune rune) => rune.IsAscii ? TextCleaner.IsAsciiPunctuation((char)rune.Value)
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    private static bool IsIdeograph(int code) => code is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F)
        or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
