using System.Globalization;
using System.Text;
using ClipSharp.Data.Captions;

namespace ClipSharp.Data.Sources;

/// <summary>A table of picture paths and captions (RFC 4180 quoting, a head line, UTF-8). Relative paths start at the table's
/// folder. Neighbouring rows with the same picture are one sample with several captions. Fields are never read as missing
/// values: a caption "NA" is the text NA.</summary>
/// <param name="tables">Paths of CSV files, in reading order.</param>
/// <param name="options">Column names and the separator.</param>
public sealed class CsvSource(IReadOnlyList<string> tables, DataOptions options) : ISampleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Places => tables;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => tables.SelectMany(t => ReadTable(t, cancel));

    private IEnumerable<SourceSample> ReadTable(string path, CancellationToken cancel)
    {
        var separator = options.CsvSeparator == @"\t" ? "\t" : options.CsvSeparator; // typed in a shell it is two characters
        if (separator is not [var character] || character is '"' or '\r' or '\n')
        {
            throw new ClipException(ClipError.Usage, "The separator is unusable", "--csv-separator", $"\"{options.CsvSeparator}\"",
                "one character, no quote or line end", "Use , or ; or a tab.");
        }

        using var reader = Open(path);
        var table = SampleFile.Of(path, Path.GetFileName(path));
        var rows = new CsvReader(reader, character);
        if (!rows.TryRead(out var head))
        {
            yield break;
        }

        var pictureColumn = Column(head, options.CsvImgKey, "--csv-img-key", path);
        var captionColumn = Column(head, options.CsvCaptionKey, "--csv-caption-key", path);
        SourceSample? sample = null;
        while (rows.TryRead(out var row))
        {
            cancel.ThrowIfCancellationRequested();
            if (row.Length != head.Length || rows.Fault is not null)
            {
                var found = rows.Fault ?? string.Create(CultureInfo.InvariantCulture, $"{row.Length} fields, {head.Length} in the head");
                yield return new SourceSample("", table)
                {
                    Skip = SkipReason.BadText,
                    Detail = string.Create(CultureInfo.InvariantCulture, $"line {rows.Line}: {found}"),
                };
                continue;
            }

            var key = row[pictureColumn].Trim();
            var caption = CaptionReader.Clean(row[captionColumn]);
            if (sample is not null && sample.Key == key)
            {
                sample = sample with
                {
                    Captions = caption.Length > 0 ? [.. sample.Captions, caption] : sample.Captions,
                    HasRepairedText = sample.HasRepairedText || caption.Contains('\uFFFD'),
                };
                continue;
            }

            if (sample is not null)
            {
                yield return sample;
            }

            sample = Sample(key, caption, table, rows.Line);
        }

        if (sample is not null)
        {
            yield return sample;
        }
    }

    private static SourceSample Sample(string key, string caption, SampleFile table, long line)
    {
        var detail = string.Create(CultureInfo.InvariantCulture, $"line {line}");
        var isPath = key.Length > 0 && !key.Contains('\0');
        var path = isPath ? Path.Combine(Path.GetDirectoryName(table.Path)!, key) : "";
        if (!File.Exists(path))
        {
            return new SourceSample(key, table) { Detail = detail };
        }

        try
        {
            var file = SampleFile.Of(path, key);
            return new SourceSample(key, file)
            {
                PictureLength = file.Length,
                Captions = caption.Length > 0 ? [caption] : [],
                HasRepairedText = caption.Contains('\uFFFD'),
                Detail = detail,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SourceSample(key, table) { Skip = SkipReason.ReadFailed, Detail = detail + ": " + e.Message };
        }
    }

    // Detection is off: StreamReader would take a mark for UTF-16 even where UTF-8 is asked for.
    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "A table cannot be opened", path, e.Message, "a readable file",
                "Check the path and its rights.", e);
        }
    }

    private int Column(string[] head, string name, string flag, string path)
    {
        var column = Array.FindIndex(head, h => h.Trim().TrimStart('\uFEFF') == name);
        return column >= 0
            ? column
            : throw new ClipException(ClipError.Data, "A column is missing", path, string.Join(" | ", head), name,
                $"Name it with {flag}; the separator now is \"{(options.CsvSeparator == "\t" ? "a tab" : options.CsvSeparator)}\" (--csv-separator).");
    }
}
