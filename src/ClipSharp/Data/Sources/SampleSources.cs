using ClipSharp.Data.Sources.Folders;
using ClipSharp.Data.Sources.Tables;

namespace ClipSharp.Data.Sources;

/// <summary>Opens the right source for what a user typed.</summary>
public static class SampleSources
{
    /// <summary>The values of <see cref="DataOptions.DatasetType"/>.</summary>
    public static readonly IReadOnlyList<string> DatasetTypes = ["auto", "webdataset", "csv", "folder", "files"];

    /// <summary>Opens what the pattern names (see <see cref="DataPattern"/>).</summary>
    /// <exception cref="ClipException">Nothing is there, or kinds are mixed.</exception>
    public static ISampleSource Open(string pattern, DataOptions options)
    {
        var (paths, missing) = DataPattern.Find(pattern, options.AllowMissingShards);
        var type = options.DatasetType != "auto" ? options.DatasetType : TypeOf(paths[0], options);
        if (options.DatasetType == "auto" && paths.FirstOrDefault(p => TypeOf(p, options) != type) is { } other)
        {
            throw new ClipException(ClipError.Usage, "Data of different kinds", other, TypeOf(other, options),
                $"{type}, as {paths[0]} is",
                "Give one kind at a time, or name it with --dataset-type.");
        }

        ISampleSource source = type switch
        {
            "webdataset" => new WebDatasetSource(paths, options),
            "csv" => new CsvSource(paths, options),
            "folder" => new FolderSource(paths, options),
            "files" => new PictureFilesSource(paths, options),
            _ => throw new ClipException(ClipError.Usage, "Unknown kind of data", "--dataset-type", type,
                string.Join(", ", DatasetTypes), "Leave it out to have it seen from the name."),
        };
        return missing.Count == 0 ? source : new MissingPlaces(source, missing);
    }

    private static string TypeOf(string path, DataOptions options) =>
        TableFile.IsTable(path) ? "csv"
        : Directory.Exists(path) ? "folder"
        : !path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) && FolderWalk.IsPicture(path, options) ? "files"
        : "webdataset"; // a compressed shard too: its reader says what to do
}
