using ClipSharp.Hub;

namespace ClipSharp.Onnx.Folders;

/// <summary>The graphs of a model: one a tower, or one for both.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Image">The path of the one that takes pictures; null where there is none.</param>
/// <param name="Text">The path of the one that takes texts; null where there is none.</param>
internal sealed record GraphFiles(string Folder, string? Image, string? Text)
{
    /// <summary>All graphs, each once.</summary>
    public IEnumerable<string> All => new[] { Image, Text }.OfType<string>().Distinct();

    /// <summary>The graphs of a path: in the folder itself, in "onnx" in it, where repositories of the hub have them, or in
    /// immich's two folders.</summary>
    /// <param name="path">A folder.</param>
    /// <param name="name">Which of several, see <see cref="GraphNames.Choose"/>.</param>
    /// <returns>Null when there are none.</returns>
    public static GraphFiles? Find(string path, string? name = null)
    {
        foreach (var folder in PlacesIn(path))
        {
            var (image, text) = GraphNames.Choose(name, file => File.Exists(Path.Combine(folder, file)));
            if (image is not null || text is not null)
            {
                return new GraphFiles(folder, PathOf(image), PathOf(text));
            }

            string? PathOf(string? file) => file is null ? null : Path.Combine(folder, file);
        }

        return name is null ? ImmichFolder.Find(path) : null;
    }

    /// <summary>Names of all ONNX files where <see cref="Find"/> looks.</summary>
    public static IEnumerable<string> NamesIn(string path) => PlacesIn(path)
        .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*" + GraphNames.Ending))
        .Select(file => Path.GetFileName(file)).Distinct().Order(StringComparer.Ordinal);

    private static string[] PlacesIn(string path) => [path, Path.Combine(path, GraphNames.Folder)];
}
