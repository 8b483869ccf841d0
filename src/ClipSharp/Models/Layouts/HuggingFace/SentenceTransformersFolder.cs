using System.Text.Json.Nodes;
using ClipSharp.Files;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>sentence-transformers' folder of a CLIP: <c>modules.json</c> lists modules, each in a folder of its own, and the
/// first is the model in Hugging Face's layout (<c>0_CLIPModel</c>).</summary>
internal static class SentenceTransformersFolder
{
    private const string ModulesFile = "modules.json";

    // sentence-transformers' own name for what makes vectors of unit length, which these always have.
    private const string Normalize = "Normalize";

    /// <summary>The folder of the model itself; null where the path is no such folder.</summary>
    /// <exception cref="ClipException">The list of modules is damaged, or holds some that would change the vectors.</exception>
    public static string? ModelIn(string path)
    {
        var list = Path.Combine(path, ModulesFile);
        if (!File.Exists(list) || File.Exists(Path.Combine(path, HuggingFaceLayout.ConfigFile)))
        {
            return null;
        }

        var modules = JsonFile.Read(list, HuggingFaceJson.Default.JsonArray).Select(node => node as JsonObject)
            .Select(module => (Folder: Text(module, "path"), Type: Text(module, "type"))).ToList();
        if (modules is not [{ Folder: { Length: > 0 } folder }, ..] || !IsBareName(folder))
        {
            throw Refusal(list, "no folder of a first module", "its bare name as path, such as 0_CLIPModel");
        }

        var others = modules.Skip(1)
            .Where(module => module.Type?.EndsWith("." + Normalize, StringComparison.Ordinal) is not true).ToList();
        return others is [{ Type: var other }, ..]
            ? throw Refusal(list, $"a module {other} behind the first", $"a CLIP alone, or {Normalize} behind it")
            : Path.Combine(path, folder);
    }

    private static bool IsBareName(string folder) =>
        !folder.Contains('/', StringComparison.Ordinal) && HubPath.FaultOf(folder) is null;

    private static string? Text(JsonObject? module, string name) =>
        module?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static ClipException Refusal(string where, string found, string expected) => new(ClipError.Config,
        "The list of modules is not that of a CLIP", where, found, expected, "Name the folder of the CLIPModel itself.");
}
