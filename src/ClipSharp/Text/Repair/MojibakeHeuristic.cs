using System.Buffers;
using System.Text;

namespace ClipSharp.Text.Repair;

/// <summary>Tells mojibake from real text by what real text does not put side by side (the "badness" of ftfy 6.3).</summary>
internal static class MojibakeHeuristic
{
    private const string GreekLeads = "ΒΓΞΟ"; // what the first bytes of Latin-1's letters, and Greek's own, look like
    private const string CyrillicLeads = "ВГРС";

    // A character of the first kinds is unlikely before one of the second.
    private static readonly (MojibakeKinds First, MojibakeKinds Second)[] UnlikelyPairs =
    [
        (MojibakeKinds.Bad | MojibakeKinds.Accented | MojibakeKinds.Box | MojibakeKinds.Punctuation | MojibakeKinds.Currency
            | MojibakeKinds.Numeric | MojibakeKinds.Law, MojibakeKinds.Bad),
        (MojibakeKinds.Bad, MojibakeKinds.Accented | MojibakeKinds.Box | MojibakeKinds.Punctuation | MojibakeKinds.Currency
            | MojibakeKinds.Numeric | MojibakeKinds.Law),
        (MojibakeKinds.LowerAccented | MojibakeKinds.LowerCommon | MojibakeKinds.Box | MojibakeKinds.Closing
            | MojibakeKinds.Currency | MojibakeKinds.Numeric, MojibakeKinds.UpperAccented),
        (MojibakeKinds.Box | MojibakeKinds.Closing | MojibakeKinds.Currency | MojibakeKinds.Numeric, MojibakeKinds.LowerAccented),
        (MojibakeKinds.LowerAccented | MojibakeKinds.Box | MojibakeKinds.Closing, MojibakeKinds.Currency),
        (MojibakeKinds.UpperAccented | MojibakeKinds.Box, MojibakeKinds.Numeric | MojibakeKinds.Law),
        (MojibakeKinds.Currency | MojibakeKinds.Numeric | MojibakeKinds.Box, MojibakeKinds.Opening),
        (MojibakeKinds.Box, MojibakeKinds.Kaomoji | MojibakeKinds.Closing),
        (MojibakeKinds.Accented | MojibakeKinds.Currency | MojibakeKinds.Numeric | MojibakeKinds.Punctuation | MojibakeKinds.Law,
            MojibakeKinds.Box),
    ];

    private static readonly MojibakeKinds[] UnlikelyNext = FindUnlikelyNext();

    /// <summary>Whether a text has an unlikely place.</summary>
    public static bool IsBad(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            var ahead = text[at..].IndexOfAnyExceptInRange('\0', '\x7f'); // every rule has a character beyond ASCII
            if (ahead < 0)
            {
                return false;
            }

            at += ahead;
            if (MojibakeCharacters.Of(text[at]) is var kinds and not MojibakeKinds.None && IsUnlikely(text, at, kinds))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsUnlikely(ReadOnlySpan<char> text, int at, MojibakeKinds kinds)
    {
        var before = At(text, at - 1);
        var second = At(text, at + 1);
        var secondKinds = MojibakeCharacters.Of(second);
        return (kinds & MojibakeKinds.C1) != 0
            || (UnlikelyNext[CharacterIndex.Of(text[at])] & secondKinds) != 0
            || ((kinds & MojibakeKinds.UpperAccented) != 0 && IsUnlikelyCapital(before, second, secondKinds))
            || (Any(kinds, MojibakeKinds.LowerCommon | MojibakeKinds.UpperCommon) && Any(secondKinds, MojibakeKinds.Bad)
                && char.IsAsciiLetter(before))
            || (Any(secondKinds, MojibakeKinds.Punctuation) && IsUnlikelyPunctuation(text, at, kinds, secondKinds))
            || IsKnownSequence(text, at, second, secondKinds);
    }

    private static bool IsUnlikelyCapital(char before, char second, MojibakeKinds secondKinds) =>
        second == '°'
        || (IsSpace(before) && Any(secondKinds, MojibakeKinds.Currency))
        || (char.IsAsciiLetterLower(before) && Any(secondKinds, MojibakeKinds.Opening | MojibakeKinds.Currency));

    private static bool IsUnlikelyPunctuation(ReadOnlySpan<char> text, int at, MojibakeKinds kinds, MojibakeKinds secondKinds)
    {
        var thirdKinds = MojibakeCharacters.Of(At(text, at + 2));
        return (Any(secondKinds, MojibakeKinds.Opening) && Any(thirdKinds, MojibakeKinds.Numeric)
                && Any(kinds, MojibakeKinds.Accented | MojibakeKinds.Box | MojibakeKinds.Currency | MojibakeKinds.Closing))
            || (Any(secondKinds, MojibakeKinds.Closing) && Any(thirdKinds, MojibakeKinds.Opening)
                && Any(kinds, MojibakeKinds.Accented | MojibakeKinds.Currency | MojibakeKinds.Numeric | MojibakeKinds.Box
                    | MojibakeKinds.Law))
            || (Any(kinds, MojibakeKinds.Accented) && IsWordCharacter(text[(at + 2)..]));
    }

    /// <summary>What frequent characters look like in one encoding or another.</summary>
    private static bool IsKnownSequence(ReadOnlySpan<char> text, int at, char second, MojibakeKinds secondKinds)
    {
        var third = At(text, at + 2);
        return text[at] switch
        {
            'Œ' or 'œ' => at + 1 < text.Length && !char.IsAsciiLetter(second),
            'Â' or 'Ã' when second == ' ' => IsLostSpace(text, at),
            'Â' or 'Ã' or 'Î' or 'Ð' => Any(secondKinds, MojibakeKinds.Punctuation)
                || "€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´".Contains(second),
            '×' => second is '²' or '³',
            'Ø' or 'Ù' => third is 'Ø' or 'Ù' && IsInArabic(second) && IsInArabic(At(text, at + 3)),
            'à' => "²µ¹¼½¾".Contains(second),
            '√' => "±∂†≠®™´≤≥¥µø".Contains(second),
            '≈' => second is '°' or '¢',
            '‚' => (second == 'Ä' && "ìîïòôúùû†°¢π".Contains(third)) || (second is 'â' or 'ó' && "àä°ê".Contains(third)),
            'в' => second == 'Ђ',
            'В' or 'Г' or 'Р' or 'С' => (CyrillicLeads.Contains(third) && (IsInAlphabet(secondKinds) || second is '°' or 'µ'))
                || IsTwiceMisread(text[at..]),
            'β' => second == '€' && "™\u00a0Ά\u00ad®°".Contains(third),
            'Β' or 'Γ' or 'Ξ' or 'Ο' => GreekLeads.Contains(third) && (IsInAlphabet(secondKinds) || second == '°'),
            'ā' => second == '€',
            _ => false,
        };

        static bool IsInArabic(char c) => "ŸŠ®°µ»".Contains(c) || MojibakeCharacters.Is(c, MojibakeKinds.Common
            | MojibakeKinds.Currency | MojibakeKinds.Bad | MojibakeKinds.Numeric | MojibakeKinds.Opening);

        static bool IsInAlphabet(MojibakeKinds kinds) => Any(kinds, MojibakeKinds.C1 | MojibakeKinds.Bad
            | MojibakeKinds.Punctuation | MojibakeKinds.Currency);
    }

    /// <summary>An accented A before a space, where the space was U+00A0.</summary>
    private static bool IsLostSpace(ReadOnlySpan<char> text, int at)
    {
        var before = At(text, at - 1);
        return at == 0 || char.IsAsciiLetterLower(before) || (IsSpace(before) && char.IsAsciiLetterLower(At(text, at - 2)))
            || (text[at] == 'Â' && (before is '.' or ',' or '?' or '!' || MojibakeCharacters.Is(before, MojibakeKinds.Closing)));
    }

    /// <summary>Windows-1252 read as Latin-1 and that as Cyrillic, near Latin letters.</summary>
    private static bool IsTwiceMisread(ReadOnlySpan<char> text)
    {
        const string start = "ГўВЂВ";
        if (!text.StartsWith(start))
        {
            return false;
        }

        var rest = text[start.Length..];
        Rune.DecodeFromUtf16(rest, out _, out var width); // any character stands between
        return width > 0 && rest[0] != '\n' && (char.IsAsciiLetter(At(rest, width)) || At(rest, width) == ' ');
    }

    private static bool IsWordCharacter(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done
        && (Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_');

    /// <summary>White space, and the information separators as in Python's <c>re</c>.</summary>
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    private static bool Any(MojibakeKinds kinds, MojibakeKinds wanted) => (kinds & wanted) != 0;

    /// <summary>A character, or one that no rule knows beyond the ends.</summary>
    private static char At(ReadOnlySpan<char> text, int at) => (uint)at < (uint)text.Length ? text[at] : '\0';

    private static MojibakeKinds[] FindUnlikelyNext()
    {
        var unlikely = new MojibakeKinds[CharacterIndex.Count];
        for (var c = 0; c <= char.MaxValue; c++)
        {
            foreach (var (first, second) in UnlikelyPairs)
            {
                if (MojibakeCharacters.Is((char)c, first))
                {
                    unlikely[CharacterIndex.Of((char)c)] |= second;
                }
            }
        }

        return unlikely;
    }
}
