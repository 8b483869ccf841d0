using System.Globalization;
using System.Text;

namespace ClipSharp.Text;

/// <summary>Unicode's normalization form C: letters and their marks as one character where there is one (UAX #15). The
/// runtime's own needs ICU, which is not everywhere; the data here is that of Unicode 14, as in the reference.</summary>
internal static class CanonicalComposition
{
    private const int FirstAffected = 0x300; // characters before stay as they are

    // Hangul syllables are composed by arithmetic (Unicode 3.12).
    private const int Syllables = 0xAC00;
    private const int Leads = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trails = 0x11A7; // one before the first: "none"
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Tables Data = ReadTables();

    /// <summary>The text composed; itself when it is. A lone surrogate stays.</summary>
    public static string Compose(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstAffected - 1)) && MayChange(text) ? ComposeAll(text) : text;

    /// <summary>The text with letters and marks apart (form D).</summary>
    public static string Decompose(string text) => Ascii.IsValid(text) ? text : TextOf(Decomposed(text));

    private static bool MayChange(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            var code = text[at] < FirstAffected ? 0 : CodePoint(text, ref at);
            if (Data.MayChange(code))
            {
                return true;
            }
        }

        return false;
    }

    private static string ComposeAll(ReadOnlySpan<char> text) => TextOf(Join(Decomposed(text)));

    private static List<int> Decomposed(ReadOnlySpan<char> text)
    {
        var codes = new List<int>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            AppendDecomposed(CodePoint(text, ref at), codes);
        }

        OrderMarks(codes);
        return codes;
    }

    private static string TextOf(List<int> codes)
    {
        var result = new StringBuilder(codes.Count);
        foreach (var code in codes)
        {
            if (code < 0x10000)
            {
                result.Append((char)code); // a lone surrogate too
            }
            else
            {
                result.Append(new Rune(code));
            }
        }

        return result.ToString();
    }

    private static int CodePoint(ReadOnlySpan<char> text, ref int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
            ? char.ConvertToUtf32(text[at], text[++at])
            : text[at];

    private static void AppendDecomposed(int code, List<int> codes)
    {
        if (code is >= Syllables and < Syllables + (LeadCount * VowelCount * TrailCount))
        {
            var index = code - Syllables;
            codes.Add(Leads + (index / (VowelCount * TrailCount)));
            codes.Add(Vowels + (index / TrailCount % VowelCount));
            if (index % TrailCount > 0)
            {
                codes.Add(Trails + (index % TrailCount));
            }
        }
        else if (Data.Parts.TryGetValue(code, out var parts))
        {
            codes.AddRange(parts);
        }
        else
        {
            codes.Add(code);
        }
    }

    /// <summary>Marks on one letter stand by their class, equal ones as they came.</summary>
    private static void OrderMarks(List<int> codes)
    {
        for (var first = 0; first < codes.Count; first++)
        {
            var end = first;
            while (end < codes.Count && Data.Class(codes[end]) != 0)
            {
                end++;
            }

            if (end - first > 1)
            {
                var ordered = codes[first..end].OrderBy(Data.Class).ToList(); // OrderBy keeps the order of equals
                for (var i = 0; i < ordered.Count; i++)
                {
                    codes[first + i] = ordered[i];
                }
            }

            first = end;
        }
    }

    private static List<int> Join(List<int> codes)
    {
        var joined = new List<int>(codes.Count);
        var starter = -1; // index of the letter that marks join
        var lastClass = 0; // of what stands between it and the next code
        foreach (var code in codes)
        {
            var itsClass = Data.Class(code);
            var isReached = starter == joined.Count - 1 || (lastClass != 0 && lastClass < itsClass); // nothing stands between
            if (starter >= 0 && isReached && Pair(joined[starter], code) is { } whole)
            {
                joined[starter] = whole;
                continue;
            }

            if (itsClass == 0)
            {
                starter = joined.Count;
            }

            lastClass = itsClass;
            joined.Add(code);
        }

        return joined;
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= Leads and < Leads + LeadCount && second is >= Vowels and < Vowels + VowelCount)
        {
            return Syllables + ((((first - Leads) * VowelCount) + second - Vowels) * TrailCount);
        }

        var isOpenSyllable = first is >= Syllables and < Syllables + (LeadCount * VowelCount * TrailCount)
            && (first - Syllables) % TrailCount == 0;
        return isOpenSyllable && second is > Trails and < Trails + TrailCount ? first + second - Trails
            : Data.Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }

    /// <summary>Lines <c>0300-0314 230</c> give combining classes, lines <c>00C0 = 0041 0300</c> what a character is made of;
    /// with <c>!</c> it is not made again.</summary>
    private static Tables ReadTables()
    {
        using var resource = new StreamReader(typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical.txt")!);
        var tables = new Tables();
        while (resource.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            if (fields[1] != "=")
            {
                var range = fields[0].Split('-');
                tables.AddClass(Hex(range[0]), Hex(range[^1]), byte.Parse(fields[1], CultureInfo.InvariantCulture));
            }
            else
            {
                tables.AddParts(Hex(fields[0]), [.. fields[2..].Where(field => field != "!").Select(Hex)], fields[^1] != "!");
            }
        }

        for (var code = Vowels; code < Vowels + VowelCount; code++)
        {
            tables.MarkAsChanging(code);
        }

        for (var code = Trails + 1; code < Trails + TrailCount; code++)
        {
            tables.MarkAsChanging(code);
        }

        tables.ExpandParts();
        return tables;

        static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private sealed class Tables
    {
        private readonly byte[] _classes = new byte[0x1E950]; // beyond, all are 0
        private readonly bool[] _mayChange = new bool[0x2FA20]; // beyond, none does

        /// <summary>Characters fully taken apart.</summary>
        public Dictionary<int, int[]> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Wholes { get; } = [];

        public byte Class(int code) => code < _classes.Length ? _classes[code] : (byte)0;

        public bool MayChange(int code) => code < _mayChange.Length && _mayChange[code];

        public void MarkAsChanging(int code) => _mayChange[code] = true;

        public void AddClass(int first, int last, byte itsClass)
        {
            for (var code = first; code <= last; code++)
            {
                _classes[code] = itsClass;
                MarkAsChanging(code);
            }
        }

        public void AddParts(int code, int[] parts, bool isMadeAgain)
        {
            Parts.Add(code, parts);
            if (isMadeAgain && parts is [var first, var second])
            {
                Wholes.Add((first, second), code);
                MarkAsChanging(second);
            }
            else
            {
                MarkAsChanging(code);
            }
        }

        /// <summary>A first part may have parts itself, a few levels deep.</summary>
        public void ExpandParts()
        {
            foreach (var code in Parts.Keys.ToList())
            {
                while (Parts.TryGetValue(Parts[code][0], out var inner))
                {
                    Parts[code] = [.. inner, .. Parts[code][1..]];
                }
            }
        }
    }
}
