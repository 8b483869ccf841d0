using ClipSharp.Files;

namespace ClipSharp.ZeroShot;

/// <summary>A sentence with a gap for a class name, such as "a photo of a {}." (paper 3.1.4). The gap is written <c>{}</c>, as
/// OpenAI spells it, or <c>{c}</c>, as CLIP_benchmark does.</summary>
public sealed record PromptTemplate
{
    private readonly string _before;
    private readonly string _after;

    private PromptTemplate(string before, string after)
    {
        _before = before;
        _after = after;
    }

    /// <summary>"a photo of a {}.", worth 1.3 points on ImageNet over bare names (paper 3.1.4).</summary>
    public static PromptTemplate Default { get; } = Parse("a photo of a {}.");

    /// <summary>The template with the gap as <c>{}</c>.</summary>
    public string Text => _before + "{}" + _after;

    /// <summary>Reads a template.</summary>
    /// <param name="text">The sentence, with one <c>{}</c> or <c>{c}</c>.</param>
    /// <param name="where">The flag or file it comes from, for the message.</param>
    /// <exception cref="ClipException">It has no gap or several.</exception>
    public static PromptTemplate Parse(string text, string where = "template")
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Replace("{c}", "{}", StringComparison.Ordinal).Split("{}");
        return parts.Length == 2
            ? new PromptTemplate(parts[0], parts[1])
            : throw new ClipException(ClipError.Data, "A template has not exactly one gap", where,
                $"{parts.Length - 1} in \"{text}\"", "one {} or {c}", "Write it like \"a photo of a {}.\".");
    }

    /// <summary>Reads a file with one template a line, such as CLIP_benchmark's
    /// <c>zeroshot_classification_templates.txt</c>.</summary>
    /// <exception cref="ClipException">The file cannot be read, is empty, or a line is no template.</exception>
    public static IReadOnlyList<PromptTemplate> ReadFile(string path) =>
        [.. TextLines.Read(path).Select((line, index) => Parse(line, $"{path}, line {index + 1}"))];

    /// <summary>The sentence about one class.</summary>
    public string Fill(string name) => _before + name + _after;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
