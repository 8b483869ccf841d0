using ClipSharp.Evaluation.Registry;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Sets.Prompts;

/// <summary>Finds the class names and templates of a set. The first that has them is taken: a list that the user names;
/// CLIP_benchmark's JSON that the user names, which stands before the set's own there too; the set's folder; OpenAI's page; for
/// names the folders of the classes, for templates "a photo of a {}.".</summary>
public static class PromptSources
{
    private const string NamesFile = "classnames.txt";
    private const string TemplatesFile = "zeroshot_classification_templates.txt";

    /// <summary>Finds and reads them.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="folder">Its folder, or that of a split of it; null = none.</param>
    /// <param name="files">What the user names.</param>
    /// <param name="folderNames">Names from class folders or a table's column; null = none.</param>
    /// <exception cref="ClipException">A file cannot be read, or nobody says the names; or a list is not as long as the set is
    /// known to have classes (OpenAI's page only: a set of one's own may have any).</exception>
    public static SetPrompts Read(string name, string? folder, PromptFiles files, IReadOnlyList<string>? folderNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(files);
        var page = files.PromptsPage is { } path ? PromptsPage.Read(path).TryFind(name) : null;
        var (names, namesFrom) = NamesOf(name, folder, files, page, folderNames);
        var (templates, sentences, templatesFrom) = TemplatesOf(name, folder, files, page);
        return new SetPrompts
        {
            NamesOfClass = names,
            Templates = templates,
            NamesFrom = namesFrom,
            TemplatesFrom = templatesFrom,
            Prompts = templates is not null
                ? ClassPrompts.FillSynonyms(names, templates)
                : ClassPrompts.Of([.. names.Select(synonyms => synonyms[0])], sentences!, templatesFrom),
        };
    }

    /// <summary>The names that a set brings itself, beside it or as its folders; null where there are none.</summary>
    internal static IReadOnlyList<string>? TryNames(string name, string? folder, IReadOnlyList<string>? folderNames) =>
        Beside(folder, NamesFile) is null && folderNames is not { Count: > 0 } ? null
            : [.. NamesOf(name, folder, new PromptFiles(), null, folderNames).Names.Select(names => names[0])];

    private static (IReadOnlyList<IReadOnlyList<string>> Names, string From) NamesOf(string name, string? folder,
        PromptFiles files, PromptsSection? page, IReadOnlyList<string>? folderNames)
    {
        if (files.Classnames is { } list)
        {
            return (Single(ClassNames.ReadFile(list)), list);
        }

        if (files.CustomClassnameFile is { } json && BenchmarkPrompts.Names(json, name) is { } named)
        {
            return (Single(named), json);
        }

        if (Beside(folder, NamesFile) is { } own)
        {
            return (Single(ClassNames.ReadFile(own)), own);
        }

        return page is not null ? (Checked(page, name, files.PromptsPage!), files.PromptsPage!)
            : folderNames is { Count: > 0 } ? (Single([.. folderNames.Select(Spaced)]), "the folders' names")
            : throw new ClipException(ClipError.NoInput, "Class names are missing", folder ?? name,
                $"no {NamesFile} in the set's folder" + (files.CustomClassnameFile is { } asked ? $", and no {name} in {asked}" : ""),
                "one name a line", "Give a list with --classnames, or --custom_classname_file.");
    }

    private static (IReadOnlyList<PromptTemplate>? Templates, Dictionary<string, string[]>? Sentences, string From) TemplatesOf(
        string name, string? folder, PromptFiles files, PromptsSection? page)
    {
        if (files.Templates is { } list)
        {
            return (PromptTemplate.ReadFile(list), null, list);
        }

        if (files.CustomTemplateFile is { } json && BenchmarkPrompts.Templates(json, name) is var (texts, sentences))
        {
            return (texts is null ? null : Parsed(texts, json), sentences, json);
        }

        return Beside(folder, TemplatesFile) is { } own ? (PromptTemplate.ReadFile(own), null, own)
            : page is not null ? (Parsed(page.Templates, files.PromptsPage!), null, files.PromptsPage!)
            : ([PromptTemplate.Default], null, "the default");
    }

    // The order of the page's names is OpenAI's own; of another number they are another set's.
    private static IReadOnlyList<IReadOnlyList<string>> Checked(PromptsSection page, string name, string path) =>
        BenchmarkSets.TryFind(name)?.Classes is { } classes && classes != page.Classes.Count
            ? throw new ClipException(ClipError.Data, "A list of class names does not fit the set", $"{path}, {page.Name}",
                $"{page.Classes.Count} classes", $"{classes}, as {name} has", "Take the page as OpenAI published it.")
            : page.Classes;

    private static string? Beside(string? folder, string file) => folder is null ? null
        : new[] { folder, Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) }.OfType<string>()
            .Select(place => Path.Combine(place, file)).FirstOrDefault(File.Exists);

    private static PromptTemplate[] Parsed(IEnumerable<string> templates, string where) =>
        [.. templates.Select(text => PromptTemplate.Parse(text, where))];

    private static IReadOnlyList<IReadOnlyList<string>> Single(IReadOnlyList<string> names) =>
        [.. names.Select(name => (string[])[name])];

    // Folders are written for file systems: a photo of a golden_retriever is none.
    private static string Spaced(string folder) => folder.Replace('_', ' ');
}
