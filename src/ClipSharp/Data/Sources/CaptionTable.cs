using System.Text;

namespace ClipSharp.Data.Sources;

/// <summary>The captions of a table alone, whether its pictures are there or not.</summary>
internal static class CaptionTable
{
    /// <summary>Whether a file is a table by its name.</summary>
    public static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv";

    /// <summary>The captions, row by row; rows that cannot be read are left out and told.</summary>
    /// <param name="path">The table.</param>
    /// <param name="options">Its columns and separator.</param>
    /// <param name="tell">Gets remarks.</param>
    /// <exception cref="ClipException">It cannot be opened, or has no column of captions.</exception>
    public static IEnumerable<string> Read(string path, DataOptions options, Action<string> tell)
    {
        var head = HeadOf(path, options, needsPictures: false);
        if (head is null)
        {
            yield break;
        }

        if (head.Note is not null)
        {
            tell($"{path}: {head.Note}");
        }

        using var reader = Open(path);
        var rows = new CsvReader(reader, head.Separator);
        rows.TryRead(out var names);
        var lost = 0;
        while (rows.TryRead(out var row))
        {
            if (row.Length != names.Length || rows.Fault is not null)
            {
                lost++;
            }
            else if (row[head.Caption].Trim() is { Length: > 0 } caption)
            {
                yield return caption;
            }
        }

        if (lost > 0)
        {
            tell(FormattableString.Invariant($"{path}: left out: {lost:N0} rows with another number of fields than the first line"));
        }
    }

    /// <summary>What a table's first line says; null for an empty file.</summary>
    public static TableHead? HeadOf(string path, DataOptions options, bool needsPictures)
    {
        using var reader = Open(path);
        return reader.ReadLine() is { } line ? TableHead.Of(line, options, path, needsPictures) : null;
    }

    /// <summary>Opens a table behind its byte order mark. Detection is off: StreamReader would take a mark for UTF-16 even where
    /// UTF-8 is asked for.</summary>
    public static StreamReader Open(string path)
    {
        try
        {
            var reader = new StreamReader(path, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
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
