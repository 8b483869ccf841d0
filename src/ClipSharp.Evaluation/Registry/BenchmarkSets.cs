namespace ClipSharp.Evaluation.Registry;

/// <summary>The evaluation sets that the field measures CLIP on: the paper's 27 and its natural shifts, those of CLIP_benchmark
/// and DataComp, retrieval, selection. From tables of ours: nothing here uses the network.</summary>
public static class BenchmarkSets
{
    private const string WebdatasetPrefix = "wds/";

    private static readonly Dictionary<string, BenchmarkSet> ByName = Named();
    private static readonly Dictionary<string, IReadOnlyList<BenchmarkSet>> ByCollection = RegistryJson
        .Read("collections.json", RegistryJson.Default.DictionaryStringStringArray)
        .ToDictionary(pair => pair.Key, pair => (IReadOnlyList<BenchmarkSet>)[.. pair.Value.Select(name => ByName[Plain(name)])],
            StringComparer.OrdinalIgnoreCase);

    private static readonly ILookup<string, PublishedFigure> BySet = ReadFigures().ToLookup(figure => figure.Set);

    /// <summary>All of them: the paper's first, in its order.</summary>
    public static IReadOnlyList<BenchmarkSet> All { get; } = [.. ByName.Values.Distinct()];

    /// <summary>Names of collections: "paper", "kornblith" (its first twelve), "natural_shifts", "datacomp", and CLIP_benchmark's
    /// "vtab", "vtab+", "retrieval", "imagenet_robustness", "sugar_crepe", "webdatasets"; "aro", "negbench".</summary>
    public static IReadOnlyList<string> Collections { get; } = [.. ByCollection.Keys];

    /// <summary>The set of a name; case, <c>-</c>, <c>_</c>, spaces and CLIP_benchmark's <c>wds/</c> do not matter.</summary>
    /// <returns>Null where none is known.</returns>
    public static BenchmarkSet? TryFind(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ByName.GetValueOrDefault(Plain(name));
    }

    /// <summary>As <see cref="TryFind"/>, for names that must be known.</summary>
    /// <exception cref="ClipException">There is no such set; it names the nearest.</exception>
    public static BenchmarkSet Find(string name) => TryFind(name) ?? throw Unknown(name,
        NearestName.Of(Plain(name), ByName.Keys) is { } near ? $"{ByName[near]}" : null);

    /// <summary>The sets of a collection, in its order.</summary>
    /// <returns>Null where no collection has this name.</returns>
    public static IReadOnlyList<BenchmarkSet>? TryCollection(string name) => ByCollection.GetValueOrDefault(name);

    /// <summary>As <see cref="TryCollection"/>, for names that must be known.</summary>
    /// <exception cref="ClipException">There is no such collection; it names the nearest.</exception>
    public static IReadOnlyList<BenchmarkSet> Collection(string name) =>
        TryCollection(name) ?? throw Unknown(name, NearestName.Of(name, Collections));

    /// <summary>What was published of a set, or of the mean over a collection, by <see cref="BenchmarkSet.Name"/>; the paper's
    /// first.</summary>
    public static IReadOnlyList<PublishedFigure> Figures(string name) => [.. BySet[name]];

    /// <summary>How many figures there are, of whatever.</summary>
    internal static int FigureCount => BySet.Sum(figures => figures.Count());

    /// <summary>A name without what does not matter.</summary>
    internal static string Plain(string name)
    {
        var rest = name.StartsWith(WebdatasetPrefix, StringComparison.OrdinalIgnoreCase) ? name[WebdatasetPrefix.Length..] : name;
        return string.Concat(rest.Where(c => c is not ('-' or '_' or ' '))).ToLowerInvariant();
    }

    private static ClipException Unknown(string name, string? nearest) => new(ClipError.Usage, "Unknown evaluation set",
        $"\"{name}\"", "neither a set, nor a collection, nor a path", $"one of {All.Count} sets, such as imagenet1k, or a folder",
        nearest is null ? $"docs/datasets.md lists all; collections are {string.Join(", ", Collections)}."
            : $"Did you mean {nearest}?");

    private static Dictionary<string, BenchmarkSet> Named()
    {
        var named = new Dictionary<string, BenchmarkSet>(StringComparer.Ordinal);
        foreach (var set in RegistryJson.Read("sets.json", RegistryJson.Default.ListBenchmarkSet))
        {
            // Some aliases differ in nothing that matters.
            foreach (var name in set.Aliases.Prepend(set.Name).Select(Plain).Distinct())
            {
                named.Add(name, set);
            }
        }

        return named;
    }

    private static IEnumerable<PublishedFigure> ReadFigures() =>
        from table in RegistryJson.Read("figures.json", RegistryJson.Default.ListFigureTable)
        from row in table.Rows
        from column in row.Value.Zip(table.Models)
        select new PublishedFigure(row.Key, column.Second, table.Task, table.Metric, column.First, table.Source, table.Rerun);
}
