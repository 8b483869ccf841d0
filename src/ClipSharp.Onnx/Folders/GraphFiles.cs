namespace ClipSharp.Onnx.Folders;

/// <summary>The graphs of a model: one a tower, or one for both.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Image">The path of the one that takes pictures; null where there is none.</param>
/// <param name="Text">The path of the one that takes texts; null where there is none.</param>
internal sealed record GraphFiles(string Folder, string? Image, string? Text)
{
    /// <summary>The beginning of the name of a graph with both towers.</summary>
    public const string Joint = "model";

    private const string Vision = "vision_model", TextOnly = "text_model", Ending = ".onnx";

    /// <summary>All graphs, each once.</summary>
    public IEnumerable<string> All => new[] { Image, Text }.OfType<string>().Distinct();

    /// <summary>The graphs of a path: in the folder itself, in "onnx" in it, where repositories of the hub have them, or in immich's
    /// two folders.</summary>
    /// <param name="path">A folder.</param>
    /// <param name="name">Which of several: a file's name without or with its folder, or what stands between its beginning and its ending, such as "fp16" for
    /// "vision_model_fp16.onnx"; null = those in float32.</param>
    /// <returns>Null when there are none.</returns>
    public static GraphFiles? Find(string path, string? name = null)
    {
        foreach (var folder in (string[])[path, Path.Combine(path, "onnx")])
        {
            foreach (var variant in VariantsOf(name))
            {
                var both = Existing(folder, Joint + variant);
                var (image, text) = (Existing(folder, Vision + variant) ?? both, Existing(folder, TextOnly + variant) ?? both);
                if (image is not null || text is not null)
                {
                    return new GraphFiles(folder, image, text);
                }
            }

            if (name is not null && Existing(folder, Stem(name)) is { } named)
            {
                return new GraphFiles(folder, named, named);
            }
        }

        return name is null ? ImmichFolder.Find(path) : null;
    }

    /// <summary>Names of all ONNX files that <see cref="Find"/> would look at.</summary>
    public static IEnumerable<string> NamesIn(string path) => new[] { path, Path.Combine(path, "onnx") }
        .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*" + Ending))
        .Select(file => Path.GetFileName(file)).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The path of a graph; null where it is not there.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="stem">Its name without ".onnx".</param>
    public static string? Existing(string folder, string stem) =>
        Path.Combine(folder, stem + Ending) is var path && File.Exists(path) ? path : null;

    // "vision_model_fp16.onnx" names its text tower too.
    private static IEnumerable<string> VariantsOf(string? name)
    {
        if (name is null)
        {
            return [""];
        }

        var stem = Stem(name);
        return new[] { Vision, TextOnly, Joint }.FirstOrDefault(begin => stem.StartsWith(begin, StringComparison.Ordinal)) is { } found
            ? [stem[found.Length..]]
            : ["_" + stem];
    }

    private static string Stem(string name) => Path.GetFileName(name) is var file && file.EndsWith(Ending, StringComparison.Ordinal)
        ? file[..^Ending.Length]
        : file;
}
