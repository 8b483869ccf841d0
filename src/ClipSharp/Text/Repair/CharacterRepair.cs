using System.Buffers;
using System.Globalization;
using System.Text;

namespace ClipSharp.Text.Repair;

/// <summary>Brings single characters to their plain form: C1 controls to what Windows-1252 has there, ligatures and digraphs to
/// their letters, half and full width to the usual width, quotation marks to straight ones, line ends to LF; lone surrogates to
/// U+FFFD; terminal escapes and control characters go (the fixers of ftfy 6.3 that look at characters).</summary>
internal static class CharacterRepair
{
    private const char Escape = '\u001b';

    // From U+FF61 (katakana), U+FFA0 (Hangul), U+FFE0 (symbols): what stands at the usual width; NUL: nothing does.
    private const string WideKatakana = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309a";
    private const string WideHangul = "\u1160\u1100\u1101\u11aa\u1102\u11ac\u11ad\u1103\u1104\u1105\u11b0\u11b1\u11b2"
        + "\u11b3\u11b4\u11b5\u111a\u1106\u1107\u1108\u1121\u1109\u110a\u110b\u110c\u110d\u110e\u110f\u1110\u1111\u1112\0\0\0\u1161\u1162\u1163\u1164\u1165\u1166"
        + "\0\0\u1167\u1168\u1169\u116a\u116b\u116c\0\0\u116d\u116e\u116f\u1170\u1171\u1172\0\0\u1173\u1174\u1175";
    private const string WideSymbols = "¢£¬\0¦¥₩\0│←↑→↓■○";

    private static readonly SearchValues<char> Changing = SearchValues.Create(string.Concat(
        Range('\u0080', '\u009f'), "ŉĲĳǄǅǆǇǈǉǊǋǌǱǲǳ\r\u2028\u2029\u3000ʼ", Range('\u2018', '\u201f'), Range('\ufb00', '\ufb06'),
        Range('\uff01', '\uffef')));

    private static readonly SearchValues<char> Controls = SearchValues.Create(string.Concat(
        Range('\0', '\u0008'), "\u000b", Range('\u000e', '\u001f'), "\u007f\ufeff", Range('\u206a', '\u206f'),
        Range('\ufff9', '\ufffc')));

    /// <summary>The text in plain characters; itself when it is.</summary>
    public static string Repair(string text)
    {
        var plain = text.AsSpan().ContainsAny(Changing) || text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')
            ? Replace(text) : text;
        return plain.AsSpan().ContainsAny(Controls) ? RemoveControls(plain) : plain;
    }

    /// <summary>C1 controls become what Windows-1252 has in their place.</summary>
    public static string ReplaceC1(string text) => !text.AsSpan().ContainsAnyInRange('\u0080', '\u009f') ? text
        : string.Create(text.Length, text, (result, from) =>
        {
            for (var at = 0; at < result.Length; at++)
            {
                result[at] = WithoutC1(from[at]);
            }
        });

    private static char WithoutC1(char c) => c is >= '\u0080' and <= '\u009f' ? HtmlReferences.Windows1252[c - 0x80] : c;

    private static string Replace(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var c = WithoutC1(text[at]);
            switch (c)
            {
                case '\r' when at + 1 < text.Length && text[at + 1] == '\n':
                    break;
                case '\r' or '\u2028' or '\u2029':
                    result.Append('\n');
                    break;
                case 'ʼ' or (>= '\u2018' and <= '\u201b'):
                    result.Append('\'');
                    break;
                case >= '\u201c' and <= '\u201f':
                    result.Append('"');
                    break;
                case '\u3000':
                    result.Append(' ');
                    break;
                case >= '\uff01' and <= '\uffef':
                    AppendWide(c, result);
                    break;
                case >= '\ud800' and <= '\udfff':
                    Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var width);
                    result.Append(rune);
                    at += width - 1;
                    break;
                default:
                    if (Letters(c) is { } letters)
                    {
                        result.Append(letters);
                    }
                    else
                    {
                        result.Append(c);
                    }

                    break;
            }
        }

        return result.Equals(text) ? text : result.ToString();
    }

    /// <summary>The letters of a ligature or digraph; null for other characters.</summary>
    public static string? Letters(char c) => c switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ŉ' => "'n",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => null,
    };

    private static void AppendWide(char c, StringBuilder result)
    {
        var wide = c switch
        {
            <= '\uff5e' => (char)(c - 0xFEE0), // ASCII
            '\uff5f' => '⦅',
            '\uff60' => '⦆',
            < '\uffa0' => WideKatakana[c - 0xFF61],
            <= '\uffdc' => WideHangul[c - 0xFFA0],
            >= '\uffe0' and <= '\uffee' => WideSymbols[c - 0xFFE0],
            _ => '\0',
        };
        if (c == '\uffe3')
        {
            result.Append(" \u0304"); // the macron has none alone
        }
        else
        {
            result.Append(wide == '\0' ? c : wide);
        }
    }

    private static string RemoveControls(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == Escape)
            {
                at += TerminalEscapeLength(text.AsSpan(at + 1));
            }
            else if (!Controls.Contains(text[at]))
            {
                result.Append(text[at]);
            }
        }

        return result.ToString();
    }

    /// <summary>The length of what follows ESC in a terminal's escape, such as <c>[1;31m</c>; 0 where there is none.</summary>
    private static int TerminalEscapeLength(ReadOnlySpan<char> text)
    {
        if (text is not ['[', ..])
        {
            return 0;
        }

        for (var at = 1; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var width);
            at += width;
            if (rune.Value is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'))
            {
                return at;
            }

            if (rune.Value != ';' && Rune.GetUnicodeCategory(rune) != UnicodeCategory.DecimalDigitNumber)
            {
                return 0;
            }
        }

        return 0;
    }

    private static string Range(char first, char last) =>
        string.Concat(Enumerable.Range(first, last - first + 1).Select(code => (char)code));
}
