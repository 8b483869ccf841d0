using ClipSharp.Evaluation.Registry;
using ClipSharp.Files;

namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>A section of the page.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Classes">For each class its names; only FER2013's have several.</param>
/// <param name="Templates">The templates, with <c>{}</c>.</param>
internal sealed record PromptsSection(string Name, IReadOnlyList<IReadOnlyList<string>> Classes, IReadOnlyList<string> Templates);

/// <summary>OpenAI's <c>data/prompts.md</c>: for 26 of the paper's sets a heading and a fence with two Python lists,
/// <c>classes</c> and <c>templates</c>. The lists are read as data; nothing is ever run.</summary>
internal sealed class PromptsPage
{
    private const string Heading = "## ";
    private const string Fence = "```";

    private readonly List<PromptsSection> _sections = [];

    /// <summary>The sections, in the page's order.</summary>
    public IReadOnlyList<PromptsSection> Sections => _sections;

    /// <summary>Reads the page.</summary>
    /// <exception cref="ClipException">It cannot be read, has no section, or a list of it is none.</exception>
    public static PromptsPage Read(string path)
    {
        var page = new PromptsPage();
        var lines = TextLines.ReadWithBlanks(path);
        var heading = "";
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].StartsWith(Heading, StringComparison.Ordinal))
            {
                heading = lines[i][Heading.Length..].Trim();
            }
            else if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                var first = i + 1;
                i = EndOf(lines, first);
                page.Add(heading, new PythonLists([.. lines.Take(i).Skip(first)], path, first + 1).Read(), path, first + 1);
            }
        }

        return page._sections.Count > 0 ? page
            : throw Bad(path, "no section with a fence", "headings such as \"## CIFAR10\" with lists between ``` lines");
    }

    /// <summary>The section of a set, or null.</summary>
    public PromptsSection? TryFind(string set)
    {
        var name = BenchmarkSets.Plain(BenchmarkSets.TryFind(set)?.Prompts ?? set);
        return _sections.Find(section => BenchmarkSets.Plain(section.Name) == name);
    }

    private static int EndOf(IReadOnlyList<string> lines, int first)
    {
        var end = first;
        while (end < lines.Count && !lines[end].StartsWith(Fence, StringComparison.Ordinal))
        {
            end++;
        }

        return end;
    }

    private void Add(string heading, Dictionary<string, List<IReadOnlyList<string>>> lists, string path, int line)
    {
        if (heading.Length == 0 || !lists.TryGetValue("classes", out var classes) || classes.Count == 0
            || !lists.TryGetValue("templates", out var templates) || !templates.TrueForAll(texts => texts.Count == 1))
        {
            throw Bad($"{path}, line {line}", heading.Length == 0 ? "a fence without a heading" : $"lists {string.Join(", ", lists.Keys)}",
                "classes and templates under a heading");
        }

        _sections.Add(new PromptsSection(heading, classes, [.. templates.Select(texts => texts[0])]));
    }

    private static ClipException Bad(string where, string found, string expected) =>
        new(ClipError.Data, "Not OpenAI's page of prompts", where, found, expected,
            "Take data/prompts.md from OpenAI's CLIP repository as it is.");
}
