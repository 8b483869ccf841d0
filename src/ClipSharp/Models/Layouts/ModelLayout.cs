using ClipSharp.Models.Layouts.HuggingFace;
using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>A way in which a model lies on a disk: which files, named how, with the configuration in which words.</summary>
internal abstract class ModelLayout(string name)
{
    /// <summary>All layouts; the first that finds itself at a path reads it.</summary>
    public static IReadOnlyList<ModelLayout> All { get; } = [new OpenClipLayout(), new HuggingFaceLayout(), new OpenAiLayout()];

    /// <summary>As the command line calls it.</summary>
    public string Name => name;

    /// <summary>The layout of a name.</summary>
    /// <exception cref="ClipException">There is none of this name.</exception>
    public static ModelLayout Named(string name) => All.FirstOrDefault(layout => layout.Name == name)
        ?? throw new ClipException(ClipError.Usage, "There is no such layout", "layout", name,
            string.Join(", ", All.Select(layout => layout.Name)), "Choose one of these.");

    /// <summary>The model at a path.</summary>
    /// <exception cref="ClipException">There is none, or its configuration is unfit.</exception>
    public static ModelSource Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (File.Exists(path) && OfFolderOf(path) is { } source)
        {
            return source;
        }

        var layout = All.FirstOrDefault(layout => layout.IsAt(path))
            ?? throw (Directory.Exists(path)
                ? new ClipException(ClipError.NoInput, "The folder holds no model", path,
                    $"no {FolderConfig.FileName} and no {HuggingFaceLayout.ConfigFile}",
                    "open_clip's or Hugging Face's configuration beside the weights",
                    "Name a model's folder or its file of weights.")
                : new ClipException(ClipError.NoInput, "The model does not exist", path, "nothing",
                    "a folder or a file of weights",
                    MissingModel.Remedy(path)));
        return layout.Read(path);
    }

    /// <summary>The names that one file of weights has in a folder of this layout; none for a layout without folders.</summary>
    public virtual IReadOnlyList<string> WeightsNames => [];

    /// <summary>Whether the path looks like this layout.</summary>
    public abstract bool IsAt(string path);

    /// <summary>What the configurations of a folder say of a model whose weights lie elsewhere, such as in graphs.</summary>
    /// <returns>Null where the folder holds none.</returns>
    /// <exception cref="ClipException">A file is unfit.</exception>
    public static ModelSource? Described(string folder) =>
        Directory.Exists(folder) ? All.FirstOrDefault(layout => layout.IsAt(folder))?.Describe(folder) : null;

    /// <summary>Whether a path leads to weights, and not only to the configuration of some.</summary>
    public static bool HasWeights(string path) => File.Exists(path)
        || All.Any(layout => layout.IsAt(path) && layout.FindWeights(path) is not null);

    /// <summary>Finds the files and reads the configuration.</summary>
    /// <exception cref="ClipException">A file is missing or unfit.</exception>
    public abstract ModelSource Read(string path);

    /// <summary>The file of weights of a folder of this layout, or their index; null where there is none.</summary>
    protected virtual string? FindWeights(string folder) => null;

    /// <summary>Reads the configuration alone; <see cref="ModelSource.Weights"/> stays empty.</summary>
    /// <exception cref="ClipException">A file is unfit.</exception>
    protected virtual ModelSource? Describe(string folder) => null;

    /// <summary>Why a model cannot be in this layout; null when it can.</summary>
    public abstract string? WhyNot(ModelFiles model);

    /// <summary>What of a model that can be in this layout has no place there and is left out, a sentence each.</summary>
    public virtual IEnumerable<string> Losses(ModelFiles model) => [];

    /// <summary>Writes a model, whole or not at all. The path must not exist.</summary>
    /// <param name="path">Where.</param>
    /// <param name="model">Its configuration, preprocessing and tokenizer.</param>
    /// <param name="weights">The tensors of <see cref="StateDictShapes"/>.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public abstract void Write(string path, ModelFiles model, IReadOnlyList<NamedTensor> weights);

    // A file of weights that was named itself and lies beside its configuration. Hugging Face's names are asked for first:
    // folders of open_clip's may hold both.
    private static ModelSource? OfFolderOf(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        return All.Reverse().FirstOrDefault(layout => layout.WeightsNames.Contains(name) && layout.IsAt(folder)) is { } layout
            ? layout.Read(folder) with { Path = path, Weights = [path], Shards = null }
            : null;
    }

    /// <summary>The first of some files that a folder holds.</summary>
    protected static string? FirstOf(string folder, IEnumerable<string> names) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    protected static ClipException NoWeights(string folder, IEnumerable<string> names) =>
        new(ClipError.NoInput, "The model folder is incomplete", folder, "no weights", string.Join(" or ", names),
            "Put the file there, or name the file of weights itself.");
}
