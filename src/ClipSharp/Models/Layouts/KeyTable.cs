using ClipSharp.Models.Layouts.HuggingFace;

namespace ClipSharp.Models.Layouts;

/// <summary>A tensor of a weights file that is a tensor of ours or a part of it.</summary>
/// <param name="Name">Its key in the file.</param>
/// <param name="IsTransposed">Whether the file has it with rows and columns exchanged.</param>
internal readonly record struct StoredPart(string Name, bool IsTransposed = false);

/// <summary>How a naming scheme calls our tensors (<see cref="StateDictShapes"/>), for reading and for writing. Several parts are
/// equal shares of our rows, one below the other.</summary>
internal sealed class KeyTable
{
    private const string ModulePrefix = "module.";
    private const string TextPrefix = "text.";

    private readonly Func<string, IReadOnlyList<StoredPart>> _parts;
    private readonly Func<string, bool> _isIgnored;

    /// <param name="name">What messages call it.</param>
    /// <param name="parts">Our name to the file's; empty where the scheme has no such tensor.</param>
    /// <param name="isIgnored">Names in files that are no weights.</param>
    public KeyTable(string name, Func<string, IReadOnlyList<StoredPart>> parts, Func<string, bool> isIgnored)
    {
        (Name, _parts, _isIgnored) = (name, parts, isIgnored);
    }

    /// <summary>The numbers that OpenAI's archives carry beside the weights.</summary>
    public static IReadOnlyList<string> OpenAiScalars { get; } = ["input_resolution", "context_length", "vocab_size"];

    /// <summary>OpenAI's names, which are open_clip's and ours. Left aside are the scalars of OpenAI's archives and the mask that
    /// old versions of open_clip stored.</summary>
    public static KeyTable OpenAi { get; } = new("OpenAI, open_clip", name => [new(name)],
        name => OpenAiScalars.Contains(name) || name == "attn_mask");

    /// <summary>open_clip's names with <c>custom_text</c>: the text tower is a module of its own.</summary>
    public static KeyTable CustomText { get; } = new("open_clip with custom_text",
        name => [new(IsOfText(name) ? TextPrefix + name : name)], name => name == TextPrefix + "attn_mask");

    /// <summary>Hugging Face's <c>CLIPModel</c>.</summary>
    public static KeyTable HuggingFace => HuggingFaceKeys.Table;

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Whether models so named come with Hugging Face's tokenizer.</summary>
    public bool IsHuggingFace { get; init; }

    /// <summary>The scheme of a file's names. One tensor that every CLIP has decides.</summary>
    /// <exception cref="ClipException">It is none of the known ones.</exception>
    public static KeyTable Of(IReadOnlyCollection<string> names, string where)
    {
        const string everyModelHas = "token_embedding.weight";
        foreach (var table in (KeyTable[])[OpenAi, CustomText, HuggingFace])
        {
            foreach (var candidate in (KeyTable[])[table, table.Within(ModulePrefix)])
            {
                if (names.Contains(candidate.PartsOf(everyModelHas)[0].Name))
                {
                    return candidate;
                }
            }
        }

        throw new ClipException(ClipError.Data, "The weights are no CLIP's", where,
            names.Count == 0
                ? "no tensors"
                : $"{names.Count} tensors such as {string.Join(", ", names.Order(StringComparer.Ordinal).Take(3))}",
            $"{everyModelHas}, {TextPrefix}{everyModelHas} or {HuggingFace.PartsOf(everyModelHas)[0].Name}",
            "Only two-tower CLIP models of OpenAI's, open_clip's and Hugging Face's naming are read.");
    }

    /// <summary>The parts of one of our tensors.</summary>
    public IReadOnlyList<StoredPart> PartsOf(string name) => _parts(name);

    /// <summary>Whether a file's tensor is no weight.</summary>
    public bool Ignores(string stored) => _isIgnored(stored);

    /// <summary>The shape of a part.</summary>
    /// <param name="shape">Of the whole, as we have it.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="part">One of them.</param>
    public static long[] ShapeOf(long[] shape, int parts, StoredPart part) =>
        part.IsTransposed ? [.. shape.Reverse()] : parts == 1 ? shape : [shape[0] / parts, .. shape[1..]];

    /// <summary>Everything a file in this scheme holds of a model; what the scheme has no name for under ours, so that it is
    /// missed.</summary>
    public IEnumerable<(string Name, long[] Shape)> StoredShapes(ModelConfig config) =>
        from entry in StateDictShapes.Of(config)
        let parts = PartsOf(entry.Name)
        from stored in parts.Count == 0
            ? [(entry.Name, entry.Shape)]
            : parts.Select(part => (part.Name, ShapeOf(entry.Shape, parts.Count, part)))
        select stored;

    // DistributedDataParallel's names.
    private KeyTable Within(string prefix) => new($"{Name}, each with {prefix}",
        name => [.. _parts(name).Select(part => part with { Name = prefix + part.Name })],
        name => name.StartsWith(prefix, StringComparison.Ordinal) && _isIgnored(name[prefix.Length..]))
    {
        IsHuggingFace = IsHuggingFace,
    };

    private static bool IsOfText(string name) =>
        !name.StartsWith("visual.", StringComparison.Ordinal) && name is not ("logit_scale" or "logit_bias");
}
