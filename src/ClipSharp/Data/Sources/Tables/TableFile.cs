using System.Globalization;
using System.Text;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Sources.Tables;

/// <summary>A row of a table.</summary>
/// <param name="Fields">As many as the first line has, unless there is a fault.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
internal readonly record struct TableRow(string[] Fields, long Line, string? Fault);

/// <summary>A table: what its first line says, its rows, and what is to be remarked about them.</summary>
internal sealed class TableFile
{
    private readonly string _path;
    private readonly bool _isQuoted;
    private readonly List<string> _notes = [];

    private TableFile(string path, TableHead head, bool isQuoted)
    {
        (_path, Head, _isQuoted) = (path, head, isQuoted);
        if (head.Note is not null)
        {
            _notes.Add(head.Note);
        }
    }

    /// <summary>What the first line says.</summary>
    public TableHead Head { get; }

    /// <summary>What is to be remarked; complete once the rows were read.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a file is a table by its name.</summary>
    public static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv";

    /// <summary>Reads the first line.</summary>
    /// <returns>Null for an empty file.</returns>
    /// <param name="path">The table.</param>
    /// <param name="options">Its columns, separator and quoting.</param>
    /// <param name="needsPictures">Whether there must be a column of pictures.</param>
    /// <exception cref="ClipException">It cannot be opened, or a column is not there.</exception>
    public static TableFile? Open(string path, DataOptions options, bool needsPictures)
    {
        var isQuoted = options.CsvQuote switch
        {
            "\"" => true,
            "none" => false,
            _ => throw new ClipException(ClipError.Usage, "The quote is unusable", "--csv-quote", options.CsvQuote, "none or \"",
                "Leave it out, or give none where quotes are characters like others."),
        };
        using var reader = OpenText(path);
        return reader.ReadLine() is { } line
            ? new TableFile(path, TableHead.Of(line, options, path, needsPictures), isQuoted)
            : null;
    }

    /// <summary>The rows behind the first line.</summary>
    public IEnumerable<TableRow> Rows()
    {
        using var reader = OpenText(_path);
        var rows = new CsvReader(reader, Head.Separator, _isQuoted);
        rows.TryRead(out var names);
        var (stray, firstStray) = (0L, 0L);
        while (rows.TryRead(out var fields))
        {
            if (rows.HasStrayQuote)
            {
                stray++;
                firstStray = firstStray == 0 ? rows.LineNumber : firstStray;
            }

            var fault = rows.Fault ?? (fields.Length == names.Length ? null : string.Create(CultureInfo.InvariantCulture,
                $"{fields.Length} fields, {names.Length} in the head"));
            yield return new TableRow(fields, rows.LineNumber, fault);
        }

        if (stray > 0)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{stray:N0} {(stray == 1 ? "row begins" : "rows begin")} a field with a quote that is never closed as one; it was read as text (the first in line {firstStray}; --csv-quote none reads all so)"));
        }
    }

    /// <summary>How many of a field's lines are rows themselves by the look of them: then a stray quote has swallowed them, and
    /// another one closed it by chance.</summary>
    /// <param name="field">A field of this table.</param>
    /// <param name="isPicture">Whether a field names a picture that is there.</param>
    public int SwallowedRows(string field, Func<string, bool> isPicture)
    {
        if (!field.Contains('\n'))
        {
            return 0;
        }

        var lines = new CsvReader(new StringReader(field[(field.IndexOf('\n') + 1)..]), Head.Separator, isQuoted: false);
        var count = 0;
        while (lines.TryRead(out var fields))
        {
            count += fields.Length > Head.Picture && isPicture(fields[Head.Picture]) ? 1 : 0;
        }

        return count;
    }

    // Behind the byte order mark. Detection is off: StreamReader would take a mark for UTF-16 even where UTF-8 is asked for.
    private static StreamReader OpenText(string path)
    {
        try
        {
            var reader = new StreamReader(new SteadyFile(path), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
            if (reader.Peek() == '\uFEFF')
            {
                reader.Read();
            }

            return reader;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A table cannot be opened", path, e.Message, "a readable file",
                "Check the path and its rights.", e);
        }
    }
}
