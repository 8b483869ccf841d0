using System.Globalization;
using System.Text;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>A table of pictures and their classes: CSV, TSV, or JSON lines as Hugging Face's <c>metadata.jsonl</c>. A class is a
/// number from 0 where all are; else a name: its place in the list of class names, or, without a list, among the names of the
/// table in the order of Python's <c>sorted</c>. Where the table is a folder's <c>metadata</c> file, the pictures that it does
/// not name are told as those without a class.</summary>
public sealed class ClassTableSource : ISampleSource
{
    private readonly string _table;
    private readonly DataOptions _options;
    private readonly List<string> _notes = [];
    private readonly List<LabelRow> _rows;
    private readonly Dictionary<string, int>? _classes; // null where classes are numbers

    /// <param name="table">An existing file.</param>
    /// <param name="column">The column or member of the classes.</param>
    /// <param name="options">The column of pictures, separator and quoting.</param>
    /// <param name="names">C class names; null = those of the table.</param>
    /// <exception cref="ClipException">It cannot be read, or has no column of pictures.</exception>
    public ClassTableSource(string table, string column, DataOptions options, IReadOnlyList<string>? names = null)
    {
        (_table, _options) = (table, options);
        _rows = LabelTable.Read(table, column, options, _notes);
        var labels = _rows.Where(row => row.Fault is null).Select(row => row.Label).Distinct(StringComparer.Ordinal).ToList();
        if (!labels.TrueForAll(label => TryNumber(label, out _)))
        {
            Names = names ?? [.. labels.OrderBy(Encoding.UTF8.GetBytes,
                Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
            _classes = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var (number, name) in Names.Index())
            {
                _classes.TryAdd(name, number); // of twins the first
            }
        }
    }

    /// <summary>The names of C classes: as given, or those of the table; null where it has numbers and none were given.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => [_table];

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default)
    {
        var table = SampleFile.Of(_table, Path.GetFileName(_table));
        var paths = new TablePaths(_table);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in _rows)
        {
            cancel.ThrowIfCancellationRequested();
            yield return Sample(row, table, paths, used);
        }

        foreach (var note in _notes.Concat(paths.Notes()))
        {
            yield return new SourceSample("", table) { Note = note };
        }

        if (IsOfFolder(_table))
        {
            foreach (var left in NotNamed(used, cancel))
            {
                yield return left;
            }
        }
    }

    /// <summary>Whether a table is about the pictures beside it, as the hub's are.</summary>
    internal static bool IsOfFolder(string table) => Path.GetFileName(table) is "metadata.jsonl" or "metadata.csv";

    private SourceSample Sample(LabelRow row, SampleFile table, TablePaths paths, HashSet<string> used)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"line {row.Line}");
        if (row.Fault is not null && row.Picture.Length == 0)
        {
            return new SourceSample("", table) { Skip = SkipReason.BadText, Detail = $"{line}: {row.Fault}" };
        }

        if (paths.Find(row.Picture) is not { } path)
        {
            return new SourceSample(row.Picture, table) { Detail = $"{line}: {paths.Tried(row.Picture)}" };
        }

        used.Add(path);
        try
        {
            var file = SampleFile.Of(path, row.Picture);
            var number = ClassOf(row.Label);
            return new SourceSample(row.Picture, file)
            {
                PictureLength = file.Length,
                Class = number,
                TextFault = number < 0 && row.Label.Length > 0 ? $"{line}: \"{row.Label}\" is not among the class names" : null,
                Detail = line,
            };
        }
        catch (Exception e) when (ReadFailure.IsCounted(e, _options))
        {
            return new SourceSample(row.Picture, table)
            {
                Skip = SkipReason.ReadFailed,
                Detail = $"{line}: {ReadFailure.Detail(e)}",
            };
        }
    }

    // What lies beside the table: a picture that no line names, and whatever is no picture.
    private IEnumerable<SourceSample> NotNamed(HashSet<string> used, CancellationToken cancel)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(_table))!;
        return new FolderSource([folder], _options).Read(cancel).Where(sample => sample.Note is null
            && !LabelTable.IsTable(sample.File.Path) && !used.Contains(Path.GetFullPath(sample.File.Path)));
    }

    private int ClassOf(string label) => _classes is not null ? _classes.GetValueOrDefault(label, -1)
        : TryNumber(label, out var number) ? number : -1;

    private static bool TryNumber(string label, out int number) =>
        int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
