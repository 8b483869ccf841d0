using ClipSharp.Files;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>The class names and sentences of a set, and where they come from. Nothing is mended: names stand twice or are blank
/// where their list has them so.</summary>
public sealed record SetPrompts
{
    /// <summary>For each of C classes its names, one or more: the first is shown, all are prompted with.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> NamesOfClass { get; init; }

    /// <summary>The templates; null where each class has sentences of its own.</summary>
    public IReadOnlyList<PromptTemplate>? Templates { get; init; }

    /// <summary>The sentences of C classes.</summary>
    public required ClassPrompts Prompts { get; init; }

    /// <summary>Where the names stand: a path, or "the folders' names".</summary>
    public required string NamesFrom { get; init; }

    /// <summary>Where the templates stand: a path, or "the default".</summary>
    public required string TemplatesFrom { get; init; }

    /// <summary>The name of each class that is shown.</summary>
    public IReadOnlyList<string> Names => Prompts.Names;

    /// <summary>SHA-256 of the names, 64 hexadecimal digits: that of a file with one name a line, each line ended by a line feed;
    /// several names of a class are lines one after the other.</summary>
    public string NamesSha256 => TextLines.Hash(NamesOfClass.SelectMany(names => names));

    /// <summary>The same of the templates, or, where each class has sentences of its own, of these, class after class.</summary>
    public string TemplatesSha256 =>
        TextLines.Hash(Templates?.Select(template => template.Text) ?? Prompts.Texts.SelectMany(sentences => sentences));
}
