using System.Globalization;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;

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
        if (CaptionTable.HeadOf(path, options, needsPictures: true) is not { } columns)
        {
            yield break;
        }

        var table = SampleFile.Of(path, Path.GetFileName(path));
        if (columns.Note is not null)
        {
            yield return new SourceSample("", table) { Note = columns.Note };
        }

        using var reader = CaptionTable.Open(path);
        var rows = new CsvReader(reader, columns.Separator);
        rows.TryRead(out var head);
        var (pictureColumn, captionColumn) = (columns.Picture, columns.Caption);
        SourceSample? sample = null;
        while (rows.TryRead(out var row))
        {
            cancel.ThrowIfCancellationRequested();
            if (row.Length != head.Length || rows.Fault is not null)
            {
                var found = rows.Fault ?? string.Create(CultureInfo.InvariantCulture,
                    $"{row.Length} fields, {head.Length} in the head");
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
}
