using System.Buffers;
using System.Globalization;
using System.Text;
using ClipSharp.Text.Repair;

namespace ClipSharp.Text;

/// <summary>Brings a text to the form CLIP's vocabulary was learnt on: mojibake and typography repaired as by ftfy 6.3, HTML
/// references resolved twice, white space at both ends dropped and inside collapsed to single spaces, lower case
/// (<c>basic_clean</c>, <c>whitespace_clean</c> and <c>lower</c> of openai/CLIP's <c>simple_tokenizer.py</c>, by Python's
/// rules); or to that of another tokenizer, as <see cref="TextCleaning"/> says.</summary>
public static class TextCleaner
{
    private static readonly SearchValues<char> AsciiPunctuation = SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    /// <summary>Cleans a text. Never throws: a lone surrogate becomes U+FFFD.</summary>
    public static string Clean(string text, TextCleaning cleaning = TextCleaning.OpenAI)
    {
        ArgumentNullException.ThrowIfNull(text);
        return cleaning switch
        {
            TextCleaning.HuggingFace =>
                Collapsed(CanonicalComposition.Compose(text), text, lowers: true, isFinalSigmaKnown: false),
            TextCleaning.Whitespace => Collapsed(Resolved(text), text, lowers: false),
            TextCleaning.WhitespaceUnderscore => Collapsed(Resolved(text).Replace('_', ' '), text, lowers: false),
            TextCleaning.Canonicalize => Collapsed(WithoutPunctuation(Resolved(text).Replace('_', ' ')), text, lowers: true),
            TextCleaning.Siglip => Siglip(text),
            TextCleaning.AsIs or TextCleaning.LowerOnly => WithoutLoneSurrogates(text),
            _ => Collapsed(Resolved(text), text, lowers: true),
        };
    }

    /// <summary>Lower case letter by letter, as the Rust library does it: the word around a letter does not count.</summary>
    internal static string LowerByLetter(string text)
    {
        var lowered = new StringBuilder(text.Length);
        Span<char> letter = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            lowered.Append(letter[..Lower(rune, isFinalSigma: false, letter)]);
        }

        return lowered.ToString();
    }

    /// <summary>The 32 signs of Python's <c>string.punctuation</c>.</summary>
    internal static bool IsAsciiPunctuation(char c) =>
        c is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');

    private static string Resolved(string text) => Unescape(TextRepair.Repair(text));

    // Lower case comes first: a sign that is dropped later still tells whether a sigma ends its word.
    private static string Siglip(string text)
    {
        var spaced = string.Create(text.Length, text, (result, given) =>
        {
            for (var at = 0; at < result.Length; at++)
            {
                result[at] = given[at] is '\u2581' or (>= '\u001c' and <= '\u001f') ? ' ' : given[at]; // white space in Python
            }
        });
        var lowered = Collapsed(spaced, text, lowers: true);
        return Collapsed(WithoutPunctuation(lowered), lowered, lowers: false);
    }

    private static string WithoutPunctuation(string text) =>
        text.AsSpan().ContainsAny(AsciiPunctuation) ? string.Concat(text.Where(c => !IsAsciiPunctuation(c))) : text;

    private static string WithoutLoneSurrogates(string text)
    {
        var isWhole = true;
        foreach (var rune in text.EnumerateRunes())
        {
            isWhole &= rune.Value != Rune.ReplacementChar.Value;
        }

        return isWhole ? text : string.Concat(text.EnumerateRunes());
    }

    // The given text is returned where nothing changes.
    private static string Collapsed(string whole, string given, bool lowers, bool isFinalSigmaKnown = true)
    {
        var inner = whole.AsSpan().Trim();
        var buffer = ArrayPool<char>.Shared.Rent(2 * inner.Length); // İ becomes two; nothing else grows
        var cleaned = buffer.AsSpan(0, LowerAndCollapse(inner, buffer, lowers, isFinalSigmaKnown));
        var result = cleaned.SequenceEqual(given) ? given : cleaned.ToString();
        ArrayPool<char>.Shared.Return(buffer);
        return result;
    }

    private static string Unescape(string text) =>
        text.Contains('&') ? HtmlReferences.Unescape(HtmlReferences.Unescape(text)) : text;

    private static int LowerAndCollapse(ReadOnlySpan<char> text, Span<char> result, bool lowers, bool isFinalSigmaKnown)
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
                result[length++] = lowers && c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;
                at++;
            }
            else
            {
                Rune.DecodeFromUtf16(text[at..], out var rune, out var width); // U+FFFD for a lone surrogate
                length += !lowers ? rune.EncodeToUtf16(result[length..])
                    : Lower(rune, isFinalSigmaKnown && rune.Value == 'Σ' && IsFinalSigma(text, at), result[length..]);
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
