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
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("GIB", 1L << 30), ("MIB", 1L << 20), ("KIB", 1L << 10), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1), ("", 1),
    ];

    private static readonly string[] TextColumns = ["path", "folder", "name", "key", "caption", "source"];
    private static readonly string[] Times = ["yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];

    private PictureFilter(PictureColumn column) => Column = column;

    /// <summary>What of a picture is asked.</summary>
    public PictureColumn Column { get; }

    /// <summary>Whether pictures fit of which the rest of this is not so.</summary>
    public bool IsNegated { get; private init; }

    /// <summary>Of a column of text: the whole of it, in which <c>*</c> stands for any characters and <c>?</c> for one, unless
    /// <c>\</c> stands before; in any case. Or null.</summary>
    public string? Pattern { get; private init; }

    /// <summary>Of a column of text: what is in it somewhere, in any case. Or null.</summary>
    public string? Part { get; private init; }

    /// <summary>Of size and date: the least bytes or ticks (100 ns since the year 1, UTC) that fit, and the least above them that
    /// no longer do. Null for text.</summary>
    public (long Least, long Below)? Range { get; private init; }

    /// <summary>Reads a filter.</summary>
    /// <exception cref="ClipException">It does not follow the grammar.</exception>
    public static PictureFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Parts().Match(text.Trim()) is not { Success: true } match)
        {
            throw Refusal(text, "no column, operator and value", "such as: date >= 2024-05, size < 2MB, folder = *holidays*");
        }

        var name = match.Groups["column"].Value;
        var sign = match.Groups["sign"].Value;
        var value = match.Groups["value"].Value.Trim();
        if (!Enum.TryParse<PictureColumn>(name, ignoreCase: true, out var column)) // a name has no digits: never a number
        {
            throw Refusal(text, name, $"{string.Join(", ", TextColumns)}, size or date");
        }

        if (column == PictureColumn.Date)
        {
            var (from, to) = Days(value, text);
            return Compared(column, sign, from.Ticks, to.Ticks - from.Ticks, text);
        }

        return column == PictureColumn.Size ? Compared(column, sign, Bytes(value, text), 1, text)
            : Worded(column, sign, value, text);
    }

    /// <summary>Whether a picture may be found.</summary>
    public bool Fits(IndexedPicture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return IsNegated != (Range is { } range ? IsIn(range, picture)
            : Pattern is not null ? FileSystemName.MatchesSimpleExpression(Pattern, TextOf(Column, picture))
            : TextOf(Column, picture).Contains(Part!, StringComparison.OrdinalIgnoreCase));
    }

    private bool IsIn((long Least, long Below) range, IndexedPicture picture)
    {
        var number = Column == PictureColumn.Size ? picture.Length : picture.Modified.Ticks;
        return number >= range.Least && number < range.Below;
    }

    /// <summary>A picture's text in a column.</summary>
    internal static string TextOf(PictureColumn column, IndexedPicture picture) => column switch
    {
        PictureColumn.Path => picture.Place,
        PictureColumn.Folder => Path.GetDirectoryName(picture.Place) ?? "",
        PictureColumn.Name => Path.GetFileName(picture.Offset == 0 ? picture.Place : picture.Key),
        PictureColumn.Key => picture.Key,
        PictureColumn.Caption => picture.Caption ?? "",
        PictureColumn.Source => picture.Source,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "no column of text"),
    };

    private static PictureFilter Worded(PictureColumn column, string sign, string value, string text) => sign switch
    {
        "=" or "!=" => new PictureFilter(column) { Pattern = value, IsNegated = sign == "!=" },
        "~" or "!~" => new PictureFilter(column) { Part = value, IsNegated = sign == "!~" },
        _ => throw Refusal(text, sign, "=, !=, ~ or !~ with a text"),
    };

    // A value is all that it spans: one byte, or a day with all its hours.
    private static PictureFilter Compared(PictureColumn column, string sign, long from, long span, string text)
    {
        var range = sign switch
        {
            "=" or "!=" => (from, from + span),
            "<" => (long.MinValue, from),
            "<=" => (long.MinValue, from + span),
            ">" => (from + span, long.MaxValue),
            ">=" => (from, long.MaxValue),
            _ => throw Refusal(text, sign, "=, !=, <, <=, > or >= with a size or date"),
        };
        return new PictureFilter(column) { Range = range, IsNegated = sign == "!=" };
    }

    // = 2024-05 is the whole month, > 2024-05 begins with June.
    private static (DateTime From, DateTime To) Days(string value, string text)
    {
        var written = Array.FindIndex(Times, format => format.Replace("T", "", StringComparison.Ordinal).Length
            == value.Replace("T", "", StringComparison.Ordinal).Length);
        if (written < 0 || !DateTime.TryParseExact(value, Times[written], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var from)
            || from.Year == DateTime.MaxValue.Year)
        {
            throw Refusal(text, value, "a time such as 2024, 2024-05, 2024-05-31 or 2024-05-31T18:00");
        }

        return (from, written switch
        {
            0 => from.AddYears(1),
            1 => from.AddMonths(1),
            2 => from.AddDays(1),
            3 => from.AddMinutes(1),
            _ => from.AddSeconds(1),
        });
    }

    private static long Bytes(string value, string text)
    {
        var (unit, bytes) = Units.First(unit => value.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(value[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is >= 0 and < 1e15
            ? (long)(number * bytes)
            : throw Refusal(text, value, "a size such as 300, 20KB, 1.5MB or 2GiB");
    }

    private static ClipException Refusal(string filter, string found, string expected) =>
        new(ClipError.Usage, "The filter cannot be read", filter, found, expected, "Write a column, an operator and a value.");

    [GeneratedRegex(@"^(?<column>[A-Za-z_]+)\s*(?<sign>!=|!~|<=|>=|=|~|<|>)\s*(?<value>\S.*)$", RegexOptions.Singleline)]
    private static partial Regex Parts();
}
