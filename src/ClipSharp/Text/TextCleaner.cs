using System.Buffers;
using System.Globalization;
using System.Text;
using ClipSharp.Text.Repair;

namespace ClipSharp.Text;

/// <summary>Brings a text to the form CLIP's vocabulary was learnt on: mojibake and typography repaired as by ftfy 6.3, HTML
/// references resolved twice, white space at both ends dropped and inside collapsed to single spaces, lower case
/// (<c>basic_clean</c>, <c>whitespace_clean</c> and <c>lower</c> of openai/CLIP's <c>simple_tokenizer.py</c>, by Python's
/// rules); or to that of Hugging Face's tokenizer.</summary>
public static class TextCleaner
{
    /// <summary>Cleans a text. Never throws: a lone surrogate becomes U+FFFD.</summary>
    public static string Clean(string text, TextCleaning cleaning = TextCleaning.OpenAI)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isOpenAI = cleaning == TextCleaning.OpenAI;
        var whole = isOpenAI ? Unescape(TextRepair.Repair(text)) : CanonicalComposition.Compose(text);
        var inner = whole.AsSpan().Trim();
        var buffer = ArrayPool<char>.Shared.Rent(2 * inner.Length); // İ becomes two; nothing else grows
        var cleaned = buffer.AsSpan(0, LowerAndCollapse(inner, buffer, isOpenAI));
        var result = cleaned.SequenceEqual(text) ? text : cleaned.ToString();
        ArrayPool<char>.Shared.Return(buffer);
        return result;
    }

    private static string Unescape(string text) =>
        text.Contains('&') ? HtmlReferences.Unescape(HtmlReferences.Unescape(text)) : text;

    private static int LowerAndCollapse(ReadOnlySpan<char> text, Span<char> result, bool isFinalSigmaKnown)
    {
        var length = 0;
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
            {
                if (result[length - 1] != ' ') // the text does not begin with white space
                {
                    result[length++] = ' ';
                }

                at++;
            }
            else if (c < 0x80)
            {
                result[length++] = c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;
                at++;
            }
            else
            {
                Rune.DecodeFromUtf16(text[at..], out var rune, out var width); // U+FFFD for a lone surrogate
                length += Lower(rune, isFinalSigmaKnown && rune.Value == 'Σ' && IsFinalSigma(text, at), result[length..]);
                at += width;
            }
        }

        return length;
    }

    /// <summary>Unicode's full lower-case mapping.</summary>
    private static int Lower(Rune rune, bool isFinalSigma, Span<char> result)
    {
        switch (rune.Value)
        {
            case 'İ':
                "i\u0307".CopyTo(result);
                return 2;
            case 'Σ':
                result[0] = isFinalSigma ? 'ς' : 'σ';
                return 1;
            default:
                return Rune.ToLowerInvariant(rune).EncodeToUtf16(result);
        }
    }

    /// <summary>Unicode's Final_Sigma: a cased letter before, none after, characters that casing ignores passed over.</summary>
    private static bool IsFinalSigma(ReadOnlySpan<char> text, int at)
    {
        var before = text[..at];
        while (Rune.DecodeLastFromUtf16(before, out var rune, out var width) == OperationStatus.Done && IsCaseIgnorable(rune))
        {
            before = before[..^width];
        }

        var after = text[(at + 1)..];
        while (Rune.DecodeFromUtf16(after, out var rune, out var width) == OperationStatus.Done && IsCaseIgnorable(rune))
        {
            after = after[width..];
        }

        return Rune.DecodeLastFromUtf16(before, out var last, out _) == OperationStatus.Done && IsCased(last)
            && !(Rune.DecodeFromUtf16(after, out var next, out _) == OperationStatus.Done && IsCased(next));
    }

    private static bool IsCaseIgnorable(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;

    /// <summary>Unicode's Cased, for a character that casing does not ignore.</summary>
    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
