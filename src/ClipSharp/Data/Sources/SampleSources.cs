using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources.Folders;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Data.Sources;

/// <summary>Opens the right source for what a user typed.</summary>
public static class SampleSources
{
    private static volatile Func<IReadOnlyList<string>, DataOptions, ISampleSource>? _parquet;

    /// <summary>Lets this process read Parquet files; for all threads, from now on.</summary>
    /// <param name="open">From paths and options to a source, such as <c>ParquetSource</c> of
    /// <c>ClipSharp.Data.Parquet</c>.</param>
    public static void AddParquet(Func<IReadOnlyList<string>, DataOptions, ISampleSource> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        _parquet = open;
    }

    /// <summary>Opens what the pattern names (see <see cref="DataPattern"/>).</summary>
    /// <exception cref="ClipException">Nothing is there, or kinds are mixed.</exception>
    public static ISampleSource Open(string pattern, DataOptions options)
    {
        var (type, paths, missing) = Find(pattern, options);
        ISampleSource source = type switch
        {
            DatasetType.Webdataset => new WebDatasetSource(paths, options),
            DatasetType.Csv => new CsvSource(paths, options),
            DatasetType.Parquet => OpenParquet(paths, options),
            DatasetType.Folder => new FolderSource(paths, options),
            DatasetType.Files => new PictureFilesSource(paths, options),
            _ => throw new ClipException(ClipError.Usage, "Unknown kind of data", "--dataset-type", $"{type}",
                string.Join(", ", Spelling.Words<DatasetType>()), "Leave it out to have it seen from the name."),
        };
        return missing.Count == 0 ? source : new MissingPlaces(source, missing);
    }

    /// <summary>What the pattern names, and of which kind it is.</summary>
    /// <exception cref="ClipException">Nothing is there, or kinds are mixed.</exception>
    internal static (DatasetType Type, IReadOnlyList<string> Paths, IReadOnlyList<string> Missing) Find(
        string pattern, DataOptions options)
    {
        options.Validated();
        var (paths, missing) = DataPattern.Find(pattern, options);
        var type = options.DatasetType != DatasetType.Auto ? options.DatasetType : TypeOf(paths[0], options);
        if (options.DatasetType == DatasetType.Auto && paths.FirstOrDefault(p => TypeOf(p, options) != type) is { } other)
        {
            throw new ClipException(ClipError.Usage, "Data of different kinds", ShardPlace.Shown(other),
                Spelling.Of(TypeOf(other, options)), $"{Spelling.Of(type)}, as {ShardPlace.Shown(paths[0])} is",
                "Give one kind at a time, or name it with --dataset-type.");
        }

        if (type is not DatasetType.Webdataset && paths.FirstOrDefault(ShardPlace.IsRemote) is { } far)
        {
            throw new ClipException(ClipError.Usage, "Only shards are read from stores", ShardPlace.Shown(far), Spelling.Of(type),
                "tars", "Fetch it to a disk first, or make shards of it.");
        }

        return (type, paths, missing);
    }

    private static ISampleSource OpenParquet(IReadOnlyList<string> paths, DataOptions options) =>
        _parquet is { } open ? open(paths, options)
            : throw new ClipException(ClipError.Usage, "Parquet files are not read by this program", paths[0], "a Parquet file",
                "shards, a table or a folder",
                "Add the package ClipSharp.Data.Parquet, and the line ParquetSource.Add() where the program begins.");

    private static DatasetType TypeOf(string path, DataOptions options) =>
        TableFile.IsTable(ShardPlace.Shown(path)) ? DatasetType.Csv
        : ShardPlace.Shown(path).EndsWith(DataPattern.ParquetEnding, StringComparison.OrdinalIgnoreCase) ? DatasetType.Parquet
        : Directory.Exists(path) ? DatasetType.Folder
        : !ShardPlace.IsRemote(path) && !path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
            && FolderWalk.IsPicture(path, options) ? DatasetType.Files
        : DatasetType.Webdataset;
}
