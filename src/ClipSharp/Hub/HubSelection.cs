using System.IO.Enumeration;
using ClipSharp.Hub.Transfer;

namespace ClipSharp.Hub;

/// <summary>Which files of a repository are wanted. Without <see cref="Include"/>: of a model the files that a CLIP needs (its
/// configurations, preprocessing, tokenizer, and one set of weights), of a data set all.</summary>
public sealed record HubSelection
{
    /// <summary>Take only the files that fit one of these; empty = as said above. <c>*</c> is any text, slashes too, <c>?</c> one
    /// character; capitals matter; a pattern that ends in a slash means what is under it.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Of a model, its ONNX graphs instead of weights; else only where it has no weights.</summary>
    public bool Graphs { get; init; }

    /// <summary>Which graphs: what tells them from those in float32, such as "fp16" for <c>onnx/vision_model_fp16.onnx</c>, or a
    /// file's name. Null = those in float32.</summary>
    public string? GraphFile { get; init; }

    /// <summary>Leave out the files that fit one of these.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The files that are wanted, in the order of the list.</summary>
    /// <exception cref="ClipException">No file is, or the weights cannot be told.</exception>
    internal IReadOnlyList<HubFile> Choose(HubRepo repo, IReadOnlyList<HubFile> files)
    {
        var allowed = files.Where(file => !Fits(file, Exclude)).ToList();
        var chosen = Include.Count > 0 ? allowed.Where(file => Fits(file, Include)).ToList()
            : repo.Type == RepoType.Dataset ? allowed
            : Graphs ? ModelFileChoice.ChooseGraphs(allowed, $"hf-hub:{repo}", GraphFile)
            : ModelFileChoice.Choose(allowed, $"hf-hub:{repo}");
        return chosen.Count > 0
            ? chosen
            : throw new ClipException(ClipError.NoInput, "No file of the repository is asked for", $"hf-hub:{repo}",
                $"{files.Count} files and none that fits", "a file that fits",
                "Check --include and --exclude; quote the patterns.");
    }

    private static bool Fits(HubFile file, IReadOnlyList<string> patterns) => patterns.Any(pattern =>
        FileSystemName.MatchesSimpleExpression(pattern.EndsWith('/') ? pattern + "*" : pattern, file.Path, ignoreCase: false));
}
