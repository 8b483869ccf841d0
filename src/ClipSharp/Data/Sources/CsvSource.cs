using System.Globalization;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Data.Sources;

/// <summary>A table of picture paths and captions (RFC 4180 quoting, a head line, UTF-8). Relative paths start at the table's
/// folder, else at the working folder. Rows with the same picture are one sample with several captions, wherever they stand;
/// pictures come in the order in which they are met first. Fields are never read as missing values: a caption "NA" is the text
/// NA.</summary>
/// <param name="tables">Paths of CSV files, in reading order.</param>
/// <param name="options">Column names, separator, quoting, and what a caption is.</param>
public sealed class CsvSource(IReadOnlyList<string> tables, DataOptions options) : ISampleSource
{
    private readonly CaptionReader _captions = new(options);

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => tables;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) => tables.SelectMany(t => ReadTable(t, cancel));

    private IEnumerable<SourceSample> ReadTable(string path, CancellationToken cancel)
    {
        if (TableFile.Open(path, options, needsPictures: true) is not { } table)
        {
            yield break;
        }

        var file = SampleFile.Of(path, Path.GetFileName(path));
        var paths = new TablePaths(path);
        var pictures = new List<Picture>();
        var byName = new Dictionary<string, Picture>(StringComparer.Ordinal);
        var byPath = new Dictionary<string, Picture>(StringComparer.Ordinal);
        foreach (var row in table.Rows())
        {
            cancel.ThrowIfCancellationRequested();
            if (FaultOf(row, table, paths) is { } fault)
            {
                yield return new SourceSample("", file) { Skip = SkipReason.BadText, Detail = At(row, fault) };
                continue;
            }

            var name = row.Fields[table.Head.Picture].Trim();
            if (name.Length == 0)
            {
                yield return new SourceSample("", file) { Detail = At(row, paths.Tried(name)) };
                continue;
            }

            if (!byName.TryGetValue(name, out var picture))
            {
                var found = paths.Find(name);
                if (!byPath.TryGetValue(found ?? name, out picture))
                {
                    picture = new Picture(name, found, row.Line);
                    pictures.Add(picture);
                    byPath.Add(found ?? name, picture);
                }

                byName.Add(name, picture);
            }

            var captions = _captions.FromText(row.Fields[table.Head.Caption]);
            picture.Captions.AddRange(captions);
            picture.BlankRows += captions.Count == 0 ? 1 : 0;
        }

        foreach (var picture in pictures)
        {
            cancel.ThrowIfCancellationRequested();
            yield return Sample(picture, file, paths);
        }

        // A picture without any caption is a loss of its own, which stands for one of its rows.
        var blank = pictures.Sum(picture => picture.Captions.Count > 0 ? picture.BlankRows : picture.BlankRows - 1);
        string[] blankNote = blank == 0 ? [] : [string.Create(CultureInfo.InvariantCulture,
            $"{blank:N0} {(blank == 1 ? "row has" : "rows have")} no caption beside others of the same picture")];
        foreach (var note in table.Notes.Concat(paths.Notes()).Concat(blankNote))
        {
            yield return new SourceSample("", file) { Note = note };
        }
    }

    private static string? FaultOf(TableRow row, TableFile table, TablePaths paths)
    {
        if (row.Fault is not null)
        {
            return row.Fault;
        }

        var swallowed = row.Fields.Sum(field => table.SwallowedRows(field, name => paths.IsThere(name.Trim())));
        return swallowed == 0 ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"its quotes hold {swallowed:N0} more rows; --csv-quote none reads each by itself");
    }

    private SourceSample Sample(Picture picture, SampleFile table, TablePaths paths)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"line {picture.Line}");
        if (picture.Path is null)
        {
            return new SourceSample(picture.Name, table) { Detail = $"{line}: {paths.Tried(picture.Name)}" };
        }

        try
        {
            var file = SampleFile.Of(picture.Path, picture.Name);
            return new SourceSample(picture.Name, file)
            {
                PictureLength = file.Length,
                Captions = picture.Captions,
                HasRepairedText = picture.Captions.Exists(caption => caption.Contains('\uFFFD')),
                Detail = line,
            };
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, options))
        {
            return new SourceSample(picture.Name, table)
            {
                Skip = SkipReason.ReadFailed,
                Detail = $"{line}: {ReadFailure.Detail(e)}",
            };
        }
    }

    private static string At(TableRow row, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"line {row.Line}: {what}");

    private sealed record Picture(string Name, string? Path, long Line)
    {
        public List<string> Captions { get; } = [];

        public long BlankRows { get; set; }
    }
}
