using System.Globalization;
using System.Text;

namespace ClipSharp.Text;

/// <summary>HTML 5 character references, resolved as Python's <c>html.unescape</c> does: names without a semicolon by their
/// longest prefix (<c>&amp;notit;</c> is ¬it;), Windows-1252 for 128 to 159, U+FFFD or nothing for impossible
/// numbers.</summary>
internal static class HtmlReferences
{
    private const int LongestName = 31; // CounterClockwiseContourIntegral, without its semicolon
    private const int LongestClosed = 24; // of ftfy's

    // What HTML 5 (13.2.5.80) puts in the place of the numbers 128 to 159.
    internal const string Windows1252 =
        "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Names = ReadNames();

    public static string Unescape(string text) => Unescape(text, static (rest, result) =>
        rest is ['#', .. var number] ? AppendNumber(number, result) : AppendName(rest, result));

    /// <summary>Resolves only what a semicolon closes, and names in capitals too (<c>&amp;EACUTE;</c> is É), as ftfy
    /// does.</summary>
    public static string UnescapeClosed(string text) => Unescape(text, AppendClosed);

    /// <param name="text">The text.</param>
    /// <param name="append">Appends what a reference stands for, given all after its ampersand, and returns how much of that was
    /// used.</param>
    private static string Unescape(string text, Func<ReadOnlySpan<char>, StringBuilder, int> append)
    {
        var reference = text.IndexOf('&');
        if (reference < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var done = 0;
        for (; reference >= 0; reference = text.IndexOf('&', done))
        {
            result.Append(text, done, reference - done);
            done = reference + 1;
            done += append(text.AsSpan(done), result);
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private static int AppendClosed(ReadOnlySpan<char> text, StringBuilder result)
    {
        var before = result.Length;
        var isNumber = text is ['#', ..];
        var end = isNumber ? 1 : 0;
        var limit = Math.Min(text.Length, end + LongestClosed);
        while (end < limit && char.IsAsciiLetterOrDigit(text[end]))
        {
            end++;
        }

        if (end < text.Length && text[end] == ';')
        {
            var length = end + 1;
            if (isNumber)
            {
                if (AppendNumber(text[1..length], result) == length && !(result.Length > before && result[^1] == ';'))
                {
                    return length;
                }
            }
            else if (Names.TryGetValue(text[..length], out var characters))
            {
                result.Append(characters);
                return length;
            }
            else if (CapitalsOf(text[..length]) is { } capitals)
            {
                result.Append(capitals);
                return length;
            }
        }

        result.Length = before;
        result.Append('&');
        return 0;
    }

    /// <summary>What a name stands for that is known in small letters and, with its capitals, not even begins with a known
    /// one.</summary>
    private static string? CapitalsOf(ReadOnlySpan<char> name)
    {
        Span<char> small = stackalloc char[name.Length];
        return !name.ContainsAnyInRange('a', 'z') && FindName(name, out _) == 0 && name.ToLowerInvariant(small) == name.Length
            && Names.TryGetValue(small, out var characters)
            ? string.Concat(characters.Select(c => c switch
            {
                'ß' => "SS",
                'ı' => "I",
                'ŉ' => "ʼN",
                (>= 'ﬀ' and <= 'ﬆ') => Repair.CharacterRepair.Letters(c)?.ToUpperInvariant(),
                _ => c.ToString().ToUpperInvariant(),
            }))
            : null;
    }

    /// <returns>How much of the text, from the number sign on, was used.</returns>
    private static int AppendNumber(ReadOnlySpan<char> text, StringBuilder result)
    {
        var radix = text is ['x' or 'X', ..] ? 16 : 10;
        var first = radix == 16 ? 1 : 0;
        var at = first;
        var value = 0;
        for (; at < text.Length && (radix == 16 ? char.IsAsciiHexDigit(text[at]) : char.IsAsciiDigit(text[at])); at++)
        {
            value = Math.Min((value * radix) + Digit(text[at]), 0x110000); // stays beyond Unicode once it is
        }

        if (at == first)
        {
            result.Append('&');
            return 0;
        }

        switch (value)
        {
            case 0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF:
                result.Append('\uFFFD');
                break;
            case >= 0x80 and <= 0x9F:
                result.Append(Windows1252[value - 0x80]);
                break;
            case (>= 1 and <= 8) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF):
                break;
            default:
                if ((value & 0xFFFE) != 0xFFFE)
                {
                    result.Append(new Rune(value));
                }

                break;
        }

        return 1 + at + (at < text.Length && text[at] == ';' ? 1 : 0);

        static int Digit(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    }

    /// <returns>How much of the text was used.</returns>
    private static int AppendName(ReadOnlySpan<char> text, StringBuilder result)
    {
        var length = FindName(text, out var characters);
        result.Append(characters);
        return length;
    }

    /// <returns>The length of the longest name that the text begins with; 0 where it begins with none and the ampersand
    /// stays.</returns>
    private static int FindName(ReadOnlySpan<char> text, out string characters)
    {
        var longest = 0;
        while (longest < text.Length && longest < LongestName && char.IsAsciiLetterOrDigit(text[longest]))
        {
            longest++;
        }

        if (longest < text.Length && text[longest] == ';')
        {
            longest++;
        }

        for (var length = longest; length >= 2; length--)
        {
            if (Names.TryGetValue(text[..length], out var found))
            {
                characters = found;
                return length;
            }
        }

        characters = "&";
        return 0;
    }

    private static Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> ReadNames()
    {
        using var resource = new StreamReader(typeof(HtmlReferences).Assembly.GetManifestResourceStream("html5-entities.txt")!);
        var names = new Dictionary<string, string>(2231, StringComparer.Ordinal);
        while (resource.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            names.Add(fields[0], string.Concat(fields.Skip(1).Select(
                code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))));
        }

        return names.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
