using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Text;

namespace ClipSharp.ZeroShot;

/// <summary>The sentences that stand for each class, whose vectors are averaged (paper 3.1.4): the same templates for all, or
/// sentences of each class's own, such as descriptions written for it (CuPL, Pratt et al. 2022).</summary>
public sealed class ClassPrompts
{
    private const int MostNamed = 5;

    private ClassPrompts(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string>> texts) =>
        (Names, Texts) = (names, texts);

    /// <summary>No classes: a key of these is that of the model's vectors alone.</summary>
    public static ClassPrompts None { get; } = new([], []);

    /// <summary>C class names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The sentences of each class, one or more.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Texts { get; }

    /// <summary>How many sentences there are in all.</summary>
    public long Count => Texts.Sum(texts => (long)texts.Count);

    /// <summary>For each class the first whose sentences are the same token ids: itself, unless it is a twin. Names may stand
    /// twice, and a short context may cut away what tells two classes apart.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="contextLength">T of the model.</param>
    public int[] FirstOfSameIds(TextTokenizer tokenizer, int contextLength)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return FirstOfSameIds(Texts, tokenizer, contextLength);
    }

    /// <inheritdoc cref="FirstOfSameIds(TextTokenizer, int)"/>
    internal static int[] FirstOfSameIds(IEnumerable<IReadOnlyList<string>> sentences, TextTokenizer tokenizer, int contextLength)
    {
        var firsts = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. sentences.Select((texts, index) =>
        {
            var ids = Convert.ToHexString(SHA256.HashData(
                MemoryMarshal.AsBytes<int>(tokenizer.Tokenize([.. texts], contextLength).Ids)));
            return firsts.TryAdd(ids, index) ? index : firsts[ids];
        })];
    }

    /// <summary>One sentence that names the classes of different names whose sentences are the same token ids; null when there
    /// are none.</summary>
    /// <inheritdoc cref="FirstOfSameIds(TextTokenizer, int)"/>
    public string? Indistinguishable(TextTokenizer tokenizer, int contextLength)
    {
        var first = FirstOfSameIds(tokenizer, contextLength);
        var groups = Enumerable.Range(0, first.Length).GroupBy(index => first[index], index => Names[index])
            .Select(names => names.Distinct(StringComparer.Ordinal).ToList()).Where(names => names.Count > 1).ToList();
        return groups.Count == 0 ? null
            : "the model cannot tell apart, for their prompts are the same tokens to it: "
                + string.Join("; ", groups.Take(MostNamed).Select(Listed))
                + (groups.Count > MostNamed ? $"; and {groups.Count - MostNamed} more" : "");
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(MostNamed).Select(name => $"\"{name}\"")) + (names.Count > MostNamed ? ", ..." : "");

    /// <summary>Puts each name into each template.</summary>
    /// <param name="names">C class names.</param>
    /// <param name="templates">One template or more.</param>
    /// <exception cref="ClipException">There is no name or no template.</exception>
    public static ClassPrompts Fill(IReadOnlyList<string> names, IReadOnlyList<PromptTemplate> templates)
    {
        ArgumentNullException.ThrowIfNull(templates);
        return templates.Count > 0
            ? new([.. ClassNames.Checked(names, "class names")],
                [.. names.Select(name => (string[])[.. templates.Select(template => template.Fill(name))])])
            : throw new ClipException(ClipError.Usage, "There is no template", "templates", "none", "one or more",
                "Give \"{}\" for bare names.");
    }

    /// <summary>Puts each name of a class into each template: synonyms are more prompts of the class, as OpenAI's FER2013 has
    /// them.</summary>
    /// <param name="namesOfClass">For each of C classes its names, one or more; the first is the class's.</param>
    /// <param name="templates">One template or more.</param>
    /// <exception cref="ClipException">There is no class, a class without a name, or no template.</exception>
    public static ClassPrompts FillSynonyms(IReadOnlyList<IReadOnlyList<string>> namesOfClass,
        IReadOnlyList<PromptTemplate> templates)
    {
        ArgumentNullException.ThrowIfNull(namesOfClass);
        var nameless = namesOfClass.ToList().FindIndex(names => names.Count == 0);
        if (nameless >= 0)
        {
            throw new ClipException(ClipError.Data, "A class has no name", "class names", $"none for class {nameless}",
                "one name or more", "Write each class in words, such as \"dog\".");
        }

        var first = Fill([.. namesOfClass.Select(names => names[0])], templates);
        return new(first.Names, [.. namesOfClass.Select(names =>
            (string[])[.. names.SelectMany(name => templates.Select(template => template.Fill(name)))])]);
    }

    /// <summary>Reads a JSON object with a list of sentences for each class name, as CuPL's files and CLIP_benchmark's custom
    /// templates have it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">C class names in their order; null = the file's names in its order.</param>
    /// <exception cref="ClipException">The file cannot be read, or a class is missing or has no sentence.</exception>
    public static ClassPrompts ReadFile(string path, IReadOnlyList<string>? names = null)
    {
        var file = JsonFile.Read(path, PromptJson.Default.DictionaryStringStringArray);
        return Of(names ?? [.. file.Keys], file, path);
    }

    /// <summary>The sentences of each class, by its name.</summary>
    internal static ClassPrompts Of(IReadOnlyList<string> names, Dictionary<string, string[]> file, string path)
    {
        names = ClassNames.Checked(names, path);
        return new([.. names], [.. names.Select(name => file.GetValueOrDefault(name) is { Length: > 0 } texts
            && !texts.Any(string.IsNullOrWhiteSpace)
            ? texts
            : throw new ClipException(ClipError.Data, "A class has no prompts", path,
                file.ContainsKey(name) ? $"none, or a blank one, for \"{name}\"" : $"no \"{name}\"",
                "one sentence or more for each class", "Write it like {\"dog\": [\"a photo of a dog.\"]}."))]);
    }
}

[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class PromptJson : JsonSerializerContext;
