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
        var paths = DataPattern.Expand(pattern);
        var type = options.DatasetType != "auto" ? options.DatasetType : TypeOf(paths[0], options);
        if (options.DatasetType == "auto" && paths.FirstOrDefault(p => TypeOf(p, options) != type) is { } other)
        {
            throw new ClipException(ClipError.Usage, "Data of different kinds", other, TypeOf(other, options),
                $"{type}, as {paths[0]} is",
                "Give one kind at a time, or name it with --dataset-type.");
        }

        return type switch
        {
            "webdataset" => new WebDatasetSource(paths, options),
            "csv" => new CsvSource(paths, options),
            "folder" => new FolderSource(paths, options),
            "files" => new PictureFilesSource(paths),
            _ => throw new ClipException(ClipError.Usage, "Unknown kind of data", "--dataset-type", type,
                string.Join(", ", DatasetTypes), "Leave it out to have it seen from the name."),
        };
    }

    private static string TypeOf(string path, DataOptions options) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => "csv",
        _ when Directory.Exists(path) => "folder",
        { Length: > 1 } extension when options.ImageKeys.Contains(extension[1..]) => "files",
        _ => "webdataset", // a compressed shard too: its reader says what to do
    };
}
