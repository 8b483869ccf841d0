using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>CLIP_benchmark's files of names and templates: an object from sets to lists. A set is looked for by its name, then by
/// its other names, last by the last part of each, as the files have <c>pets</c> for <c>vtab/pets</c>.</summary>
internal static class BenchmarkPrompts
{
    /// <summary>The class names of a set; null where the file has none for it.</summary>
    /// <exception cref="ClipException">The file cannot be read, or its entry is no list of texts.</exception>
    public static IReadOnlyList<string>? Names(string path, string set) =>
        Entry(path, set) is var (key, value) ? TextsOf(value, path, key) : null;

    /// <summary>The templates of a set, or the sentences of its classes; null where the file has none for it.</summary>
    /// <exception cref="ClipException">The file cannot be read, or its entry is neither.</exception>
    public static (IReadOnlyList<string>? Templates, Dictionary<string, string[]>? Sentences)? Templates(string path,
        string set) => Entry(path, set) is not var (key, value) ? null
        : value.ValueKind != JsonValueKind.Object ? (TextsOf(value, path, key), null)
        : (null, value.EnumerateObject().ToDictionary(member => member.Name,
            member => TextsOf(member.Value, path, $"{key}, {member.Name}")));

    private static (string Key, JsonElement Value)? Entry(string path, string set)
    {
        var file = JsonFile.Read(path, BenchmarkPromptsJson.Default.DictionaryStringJsonElement);
        var known = BenchmarkSets.TryFind(set);
        // VTAB's Caltech-101 has its classes in another order than the set's own, and stands under a name of its own.
        string[] special = known?.Name == "vtab/caltech101" ? ["vtab/caltech101", "caltech101_vtab"] : [];
        string[] names = [.. special, set, .. known is null ? [] : known.Aliases.Prepend(known.Name)];
        foreach (var name in names.Concat(names.Select(name => name.Split('/')[^1])))
        {
            if (file.TryGetValue(name, out var value))
            {
                return (name, value);
            }
        }

        return null;
    }

    private static string[] TextsOf(JsonElement value, string path, string key)
    {
        string?[] texts = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? PythonJson.Text(item) : null)]
            : [];
        return texts.Length > 0 && Array.TrueForAll(texts, text => text is not null)
            ? texts.OfType<string>().ToArray()
            : throw new ClipException(ClipError.Data, "An entry is no list of texts", $"{path}, {key}",
                texts.Length == 0 ? Found(value) : "something else than texts in it", "a list of one text or more",
                "Write it like {\"pets\": [\"a photo of a {c}.\"]}.");
    }

    private static string Found(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? "an empty list" : $"a JSON {value.ValueKind}";
}

[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class BenchmarkPromptsJson : JsonSerializerContext;
