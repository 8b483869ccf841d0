using ClipSharp.Models.Layouts.HuggingFace;
using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>A tensor of a weights file that is a tensor of ours or a part of it.</summary>
/// <param name="Name">Its key in the file.</param>
/// <param name="IsTransposed">Whether the file has it with rows and columns exchanged.</param>
/// <param name="Shares">How many shares of our rows it has, of as many as all parts have together.</param>
/// <param name="LeadingOnes">How many sides of 1 the file puts before its shape.</param>
/// <param name="Rows">The rows of the file's tensor, as long as ours, that are the same rows of ours; null = it is what the
/// shares say.</param>
internal readonly record struct StoredPart(
    string Name, bool IsTransposed = false, int Shares = 1, int LeadingOnes = 0, Range? Rows = null);

/// <summary>How a naming scheme calls our tensors (<see cref="StateDictShapes"/>), for reading and for writing. Several parts are
/// shares of our rows, one below the other.</summary>
internal sealed class KeyTable
{
    // What programs put before every name, in any nest: torch.compile, DistributedDataParallel, Lightning and trainers that hold
    // the model as a member.
    private static readonly string[] Wrappers = ["_orig_mod.", "module.", "model.", "clip_model."];

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

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Whether only models tuned from OpenAI's are so named, with their activation and heads.</summary>
    public bool IsTunedOpenAi { get; init; }

    /// <summary>Whether models so named come with Hugging Face's tokenizer.</summary>
    public bool IsHuggingFace { get; init; }

    /// <summary>What wrappers put before every name of the file; empty for none.</summary>
    public string Beginning { get; private init; } = "";

    /// <summary>The scheme of a file's names. One tensor that every CLIP has decides; wrappers round the model are taken
    /// off.</summary>
    /// <exception cref="ClipException">It is none of the known ones.</exception>
    public static KeyTable Of(IReadOnlyCollection<string> names, string where)
    {
        const string everyModelHas = "token_embedding.weight";
        const string customText = OpenClipKeys.TextPrefix + everyModelHas;
        const string huggingFace = "text_model.embeddings." + everyModelHas;
        var all = names.ToHashSet(StringComparer.Ordinal);
        var beginnings = new List<string>();
        foreach (var anchor in (string[])[everyModelHas, customText, huggingFace])
        {
            foreach (var beginning in names.Where(name => name.EndsWith(anchor, StringComparison.Ordinal))
                .Select(name => name[..^anchor.Length]).OrderBy(beginning => beginning.Length))
            {
                if (IsOfWrappers(beginning))
                {
                    bool Has(string name) => all.Contains(beginning + name);
                    var table = anchor == huggingFace ? HuggingFaceKeys.Of(Has) : OpenClipKeys.Of(anchor == customText, Has);
                    return beginning.Length == 0 ? table : table.Within(beginning);
                }

                beginnings.Add(beginning);
            }
        }

        // The scheme that has most of the name leaves the least before it.
        throw beginnings.MinBy(beginning => beginning.Length) is { } unknown
            ? new ClipException(ClipError.Data, "The names of the weights begin in a way that is not known", where,
                $"\"{unknown}\" before {names.Count(name => name.StartsWith(unknown, StringComparison.Ordinal))} of {names.Count} names",
                $"nothing, or {string.Join(", ", Wrappers)} in any nest",
                "Save the state dict of the CLIP inside, or rename the tensors.")
            : new ClipException(ClipError.Data, "The weights are no CLIP's", where,
                names.Count == 0
                    ? "no tensors"
                    : $"{names.Count} tensors such as {string.Join(", ", names.Order(StringComparer.Ordinal).Take(3))}",
                $"{everyModelHas}, {customText} or {huggingFace}",
                "Only two-tower CLIP models of OpenAI's, open_clip's and Hugging Face's naming are read.");
    }

    /// <summary>The parts of one of our tensors.</summary>
    public IReadOnlyList<StoredPart> PartsOf(string name) => _parts(name);

    /// <summary>Whether a file's tensor is no weight.</summary>
    public bool Ignores(string stored) => _isIgnored(stored);

    /// <summary>A tensor of ours as this scheme stores it.</summary>
    public IEnumerable<NamedTensor> Cut(NamedTensor whole)
    {
        var (parts, first) = (PartsOf(whole.Name), 0);
        var all = parts.Sum(part => part.Shares);
        foreach (var part in parts)
        {
            var begin = first;
            first += part.Shares;
            yield return new NamedTensor(part.Name, whole.Type, ShapeOf(whole.Shape, all, part), () =>
            {
                var bytes = whole.Bytes();
                var share = bytes.Length / all;
                return part.IsTransposed
                    ? Transposition.Of(bytes.Span, (int)whole.Shape[0], (int)whole.Shape[1], whole.Type.Size())
                    : bytes.Slice(begin * share, part.Shares * share);
            });
        }
    }

    /// <summary>Everything a file in this scheme holds of a model; what the scheme has no name for under ours, so that it is
    /// missed.</summary>
    public IEnumerable<(string Name, long[] Shape)> StoredShapes(ModelConfig config) =>
        from entry in StateDictShapes.Of(config)
        let parts = PartsOf(entry.Name)
        let all = parts.Sum(part => part.Shares)
        from stored in parts.Count == 0
            ? [(entry.Name, entry.Shape)]
            : parts.Select(part => (part.Name, ShapeOf(entry.Shape, all, part)))
        select stored;

    private static long[] ShapeOf(long[] shape, int shares, StoredPart part)
    {
        var own = part.IsTransposed ? [.. shape.Reverse()]
            : part.Shares == shares || part.Rows is not null ? shape
            : (long[])[shape[0] * part.Shares / shares, .. shape[1..]];
        return [.. Enumerable.Repeat(1L, part.LeadingOnes), .. own];
    }

    private KeyTable Within(string beginning) => new($"{Name}, each behind {beginning}",
        name => [.. _parts(name).Select(part => part with { Name = beginning + part.Name })],
        name => name.StartsWith(beginning, StringComparison.Ordinal) && _isIgnored(name[beginning.Length..]))
    {
        IsHuggingFace = IsHuggingFace,
        IsTunedOpenAi = IsTunedOpenAi,
        Beginning = beginning,
    };

    private static bool IsOfWrappers(string beginning)
    {
        while (Wrappers.FirstOrDefault(wrapper => beginning.StartsWith(wrapper, StringComparison.Ordinal)) is { } outer)
        {
            beginning = beginning[outer.Length..];
        }

        return beginning.Length == 0;
    }
}
