using System.Globalization;
using System.IO.Enumeration;
using System.Text.RegularExpressions;
using ClipSharp.Search.Collections;

namespace ClipSharp.Search.Queries;

/// <summary>What a picture must be to be found.</summary>
/// <remarks>
/// <code>
/// filter   = column operator value
/// column   = "path" | "folder" | "name" | "key" | "caption" | "source" | "size" | "date"
/// operator = "=" | "!=" | "~" | "!~" | "&lt;" | "&lt;=" | "&gt;" | "&gt;="
/// value    = text, in which = takes * and ? for any characters, and ~ looks for anywhere; case does not matter
///          | bytes such as 300, 20KB, 1.5MB, 2GB (powers of 1000), KiB, MiB, GiB (of 1024), of size
///          | a day or time of ISO 8601 in UTC such as 2024, 2024-05, 2024-05-31, 2024-05-31T18:00, of date
/// </code>
/// </remarks>
public sealed partial class PictureFilter
{
    private static readonly Dictionary<string, Func<IndexedPicture, string>> Texts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["path"] = picture => picture.Place,
        ["folder"] = picture => Path.GetDirectoryName(picture.Place) ?? "",
        ["name"] = picture => Path.GetFileName(picture.Offset == 0 ? picture.Place : picture.Key),
        ["key"] = picture => picture.Key,
        ["caption"] = picture => picture.Caption ?? "",
        ["source"] = picture => picture.Source,
    };

    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("GIB", 1L << 30), ("MIB", 1L << 20), ("KIB", 1L << 10), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1), ("", 1),
    ];

    private static readonly string[] Times = ["yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];

    private readonly Func<IndexedPicture, bool> _fits;

    private PictureFilter(Func<IndexedPicture, bool> fits) => _fits = fits;

    /// <summary>Reads a filter.</summary>
    /// <exception cref="ClipException">It does not follow the grammar.</exception>
    public static PictureFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Parts().Match(text.Trim()) is not { Success: true } match)
        {
            throw Refusal(text, "no column, operator and value", "such as: date >= 2024-05, size < 2MB, folder = *holidays*");
        }

        var column = match.Groups["column"].Value;
        var sign = match.Groups["sign"].Value;
        var value = match.Groups["value"].Value.Trim();
        return column.ToUpperInvariant() switch
        {
            "SIZE" => new PictureFilter(Sized(sign, Bytes(value, text), text)),
            "DATE" => new PictureFilter(Dated(sign, value, text)),
            _ when Texts.TryGetValue(column, out var read) => new PictureFilter(Worded(sign, read, value, text)),
            _ => throw Refusal(text, column, $"{string.Join(", ", Texts.Keys)}, size or date"),
        };
    }

    /// <summary>Whether a picture may be found.</summary>
    public bool Fits(IndexedPicture picture) => _fits(picture);

    private static Func<IndexedPicture, bool> Worded(string sign, Func<IndexedPicture, string> read, string value, string text) =>
        sign switch
        {
            "=" => picture => FileSystemName.MatchesSimpleExpression(value, read(picture)),
            "!=" => picture => !FileSystemName.MatchesSimpleExpression(value, read(picture)),
            "~" => picture => read(picture).Contains(value, StringComparison.OrdinalIgnoreCase),
            "!~" => picture => !read(picture).Contains(value, StringComparison.OrdinalIgnoreCase),
            _ => throw Refusal(text, sign, "=, !=, ~ or !~ with a text"),
        };

    private static Func<IndexedPicture, bool> Sized(string sign, long bytes, string text) =>
        Comparison(sign, picture => picture.Length.CompareTo(bytes), text);

    // A day is all its hours: = 2024-05 is the whole month, > 2024-05 begins with June.
    private static Func<IndexedPicture, bool> Dated(string sign, string value, string text)
    {
        var written = Array.FindIndex(Times, format => format.Replace("T", "", StringComparison.Ordinal).Length
            == value.Replace("T", "", StringComparison.Ordinal).Length);
        if (written < 0 || !DateTime.TryParseExact(value, Times[written], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var from))
        {
            throw Refusal(text, value, "a time such as 2024, 2024-05, 2024-05-31 or 2024-05-31T18:00");
        }

        var to = written switch
        {
            0 => from.AddYears(1),
            1 => from.AddMonths(1),
            2 => from.AddDays(1),
            3 => from.AddMinutes(1),
            _ => from.AddSeconds(1),
        };
        return Comparison(sign, picture => picture.Modified < from ? -1 : picture.Modified >= to ? 1 : 0, text);
    }

    private static Func<IndexedPicture, bool> Comparison(string sign, Func<IndexedPicture, int> compare, string text) =>
        sign switch
        {
            "=" => picture => compare(picture) == 0,
            "!=" => picture => compare(picture) != 0,
            "<" => picture => compare(picture) < 0,
            "<=" => picture => compare(picture) <= 0,
            ">" => picture => compare(picture) > 0,
            ">=" => picture => compare(picture) >= 0,
            _ => throw Refusal(text, sign, "=, !=, <, <=, > or >= with a size or date"),
        };

    private static long Bytes(string value, string text)
    {
        var (unit, bytes) = Units.First(unit => value.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(value[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is >= 0 and < 1e15
            ? (long)(number * bytes)
            : throw Refusal(text, value, "a size such as 300, 20KB, 1.5MB or 2GiB");
    }

    private static ClipException Refusal(string filter, string found, string expected) =>
        new(ClipError.Usage, "The filter cannot be read", filter, found, expected, "Mend it; --help shows examples.");

    [GeneratedRegex(@"^(?<column>[A-Za-z_]+)\s*(?<sign>!=|!~|<=|>=|=|~|<|>)\s*(?<value>\S.*)$", RegexOptions.Singleline)]
    private static partial Regex Parts();
}
