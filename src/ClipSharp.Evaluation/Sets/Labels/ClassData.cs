using ClipSharp.Data;
using ClipSharp.Data.Sources;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>Pictures with their classes, however they lie.</summary>
/// <param name="Source">The pictures.</param>
/// <param name="Names">The names that folders or a table give to C classes; null = others say them.</param>
public sealed record ClassData(ISampleSource Source, IReadOnlyList<string>? Names)
{
    private static readonly string[] FolderTables = ["metadata.jsonl", "metadata.csv"];

    /// <summary>Opens data for classification: a folder with a <c>metadata.jsonl</c> or <c>metadata.csv</c> that says classes; a
    /// folder of class folders; a table with a column of classes; else, as shards and Parquet files, what
    /// <see cref="SampleSources.Open"/> opens.</summary>
    /// <param name="data">As <see cref="DataPattern"/> takes it.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="names">C class names, by which names in a table become numbers; null = those of the data.</param>
    /// <param name="classColumn">The column of the classes; null = <c>label</c>, <c>class</c> or another of the usual
    /// names.</param>
    /// <exception cref="ClipException">Nothing is there, a table has no such column, or kinds are mixed.</exception>
    public static ClassData Open(string data, DataOptions options, IReadOnlyList<string>? names = null,
        string? classColumn = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if (DataPattern.Find(data, options).Paths is [var place]
            && options.DatasetType is DatasetType.Auto or DatasetType.Folder or DatasetType.Csv)
        {
            var table = TableAt(place);
            if (table is not null && LabelTable.ClassColumn(table, options, classColumn) is { } column)
            {
                var source = new ClassTableSource(table, column, options, names);
                return new ClassData(source, source.Names);
            }

            if (table == place)
            {
                throw new ClipException(ClipError.Data, "The table names no classes", place, $"no column {classColumn ?? "label"}",
                    "a column of classes, numbers or names", "Name a column label, or say which it is.");
            }

            if (Directory.Exists(place) && ClassFolderSource.NamesIn(place).Count > 0)
            {
                var source = new ClassFolderSource(place, options, names);
                return new ClassData(source, source.Names);
            }
        }

        return new ClassData(SampleSources.Open(data, options), null);
    }

    /// <summary>The table that tells of the pictures; null where they lie in shards or bare folders.</summary>
    internal static string? TableOf(string data, DataOptions options) =>
        DataPattern.Find(data, options).Paths is [var place] ? TableAt(place) : null;

    private static string? TableAt(string place) => Directory.Exists(place)
        ? FolderTables.Select(file => Path.Combine(place, file)).FirstOrDefault(File.Exists)
        : LabelTable.IsTable(place) ? place : null;
}
