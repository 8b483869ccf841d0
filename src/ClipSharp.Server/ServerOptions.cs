using ClipSharp.Search.Collections;
using ClipSharp.Server.Limits;

namespace ClipSharp.Server;

/// <summary>What is served and to whom; bound from the section "ClipSharp" of an application's configuration, or
/// "ClipSharp:NAME" where a model has a name.</summary>
public sealed class ServerOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "ClipSharp";

    /// <summary>The model: a path, or <c>hf-hub:org/name</c>. Handed to the loader that the application gives.</summary>
    public string Model { get; set; } = "";

    /// <summary>The model's name in replies; null = the last part of <see cref="Model"/>, whose path is nobody's
    /// business.</summary>
    public string? ModelName { get; set; }

    /// <summary>"torch" or "onnx", for the loader; null = what the model is made for.</summary>
    public string? Engine { get; set; }

    /// <summary>"cpu", "cuda:0" ..., for the loader.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Number format of the towers, such as "fp32", for the loader.</summary>
    public string Precision { get; set; } = "auto";

    /// <summary>The folder of an index of pictures that is searched, or null.</summary>
    public string? Index { get; set; }

    /// <summary>Opens the pictures that are searched, or gives null; unless set, the index of <see cref="Index"/>. The server
    /// disposes them.</summary>
    public Func<ServerOptions, IPictureStore?> OpenStore { get; set; } =
        options => options.Index is { Length: > 0 } folder ? PictureIndex.Open(folder) : null;

    /// <summary>Stored classifiers by the names that callers give: files of <c>clipsharp zeroshot --save-classifier</c> or of
    /// <see cref="ZeroShot.ClassifierFile"/>, made with this model.</summary>
    public IDictionary<string, string> Classifiers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The key that a caller must send as <c>Authorization: Bearer KEY</c>; null or empty = none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How much is taken, waits and may take how long.</summary>
    public ServerLimits Limits { get; set; } = new();

    /// <summary>The name that replies give the model.</summary>
    internal string ShownName => ModelName is { Length: > 0 } name ? name
        : Model.StartsWith("hf-hub:", StringComparison.Ordinal) ? Model["hf-hub:".Length..]
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(Model)) is { Length: > 0 } last ? last
        : "clip";
}
