using System.Buffers;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Evaluation.Sets;

/// <summary>Where an evaluation set lies on this machine. It is looked for as CLIP_benchmark's builder does: a root may hold
/// <c>{dataset}</c> and <c>{dataset_cleaned}</c>, or be the set's own folder; and below a common root, as
/// <c>clip_benchmark_export_wds</c> and DataComp name what they write; last among what was pulled.</summary>
public sealed record SetPlace
{
    private const string WebdatasetPrefix = "wds/";
    private const string HubPages = "https://huggingface.co/datasets/";

    /// <summary>How splits are named.</summary>
    internal static readonly string[] Splits = ["test", "val", "valid", "validation", "train"];

    // What tells a folder that is one set from one that holds many.
    private static readonly string[] FilesOfSets = ["classnames.txt", "dataset_type.txt", "nshards.txt", "examples.jsonl"];

    private static readonly SearchValues<char> NoNames = SearchValues.Create("{*?\\, ");

    /// <summary>The name for reports: as it was asked for, without <c>wds/</c>; of a path the folder's, of what was pulled the
    /// repository's.</summary>
    public required string Name { get; init; }

    /// <summary>What is known of it; null for a set of one's own.</summary>
    public BenchmarkSet? Set { get; init; }

    /// <summary>The set's folder; a file or a pattern where one was named.</summary>
    public required string Folder { get; init; }

    /// <summary>Looks for a set.</summary>
    /// <param name="dataset">A name such as "wds/vtab/pets", a path, a pattern of shards, or a pulled set
    /// (<c>hf-hub:org/name</c>).</param>
    /// <param name="root">Where sets lie; null = the working folder, and what was pulled.</param>
    /// <param name="cache">What was pulled; null = the user's cache.</param>
    /// <exception cref="ClipException">It is not there (NoInput): it says where it was looked for and how to get it; or it is
    /// neither a path nor a known name (Usage).</exception>
    public static SetPlace Find(string dataset, string? root = null, HubCache? cache = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataset);
        cache ??= HubCache.OfUser();
        if (HubCache.IsHubName(dataset))
        {
            return Named(dataset, cache.Resolve(dataset, RepoType.Dataset));
        }

        var name = dataset.StartsWith(WebdatasetPrefix, StringComparison.Ordinal) ? dataset[WebdatasetPrefix.Length..] : dataset;
        var set = BenchmarkSets.TryFind(name);
        if (root is not null && InCache(Filled(root, name), cache) is { } page)
        {
            return new SetPlace { Name = name, Set = set, Folder = page };
        }

        // What cannot be a name is a path or a pattern, and whoever opens it says what is wrong with it.
        if (set is null && (ShardPlace.IsRemote(dataset) || Path.IsPathRooted(dataset) || Path.Exists(dataset)
            || dataset.AsSpan().ContainsAny(NoNames)))
        {
            return Named(dataset, dataset);
        }

        List<string> tried = [.. Candidates(name, set, root)];
        if (tried.Find(Path.Exists) is { } found)
        {
            return new SetPlace { Name = name, Set = set, Folder = found };
        }

        set ??= BenchmarkSets.Find(name);
        return TrySnapshot(set.Get, cache) is { } snapshot
            ? new SetPlace { Name = name, Set = set, Folder = snapshot }
            : throw Missing(set, name, tried);
    }

    /// <summary>The data of a split, as <see cref="DataPattern"/> takes it: the folder or the Parquet files of that name, else,
    /// where the set has no splits, all of it.</summary>
    /// <param name="split">Its name, such as "test".</param>
    /// <returns>The data, and the name of the split that it is: that which stands for <c>test</c> where a set is known to have
    /// none, as ImageNet's <c>val</c>.</returns>
    /// <exception cref="ClipException">The set has other splits only (NoInput).</exception>
    public (string Data, string Split) Of(string split = "test")
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        if (!Directory.Exists(Folder))
        {
            return (Folder, split);
        }

        string?[] names = [split, split == "test" ? Set?.Split : null];
        foreach (var name in names.OfType<string>())
        {
            if (DataOf(name) is { } data)
            {
                return (data, name);
            }
        }

        string[] others = [.. Splits.Where(name => DataOf(name) is not null)];
        return others.Length == 0
            ? (Folder, Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder)))
            : throw new ClipException(ClipError.NoInput, "The set has no such split", Folder, string.Join(", ", others), split,
                $"Name one that is there: --split {others[0]}.");
    }

    // The hub has train-00000-of-00001.parquet, often in data/.
    private string? DataOf(string split)
    {
        var folder = Path.Combine(Folder, split);
        return Directory.Exists(folder)
            ? folder
            : new[] { Folder, Path.Combine(Folder, "data") }.Where(Directory.Exists)
                .Where(place => Directory.EnumerateFiles(place, $"{split}-*.parquet").Any())
                .Select(place => Path.Combine(place, $"{split}-*.parquet")).FirstOrDefault();
    }

    // In order of likelihood: a template names the place; a common root has the set in it; a root may be the set.
    private static IEnumerable<string> Candidates(string name, BenchmarkSet? set, string? root)
    {
        var names = set is null ? [name] : set.Aliases.Prepend(set.Name).Prepend(name).Distinct();
        return root?.Contains('{') == true
            ? names.Select(spelled => Filled(root, spelled))
            : names.SelectMany(spelled => FoldersOf(spelled).Select(folder => Path.Combine(root ?? ".", folder)))
                .Concat(root is not null && IsSet(root, set) ? [root] : []);
    }

    private static string[] FoldersOf(string name) =>
        [.. new[] { "wds_" + Cleaned(name), Cleaned(name), name, $"wds_{Cleaned(name)}_test" }.Distinct()];

    private static string Filled(string root, string name) => root.Replace("{dataset}", name, StringComparison.Ordinal)
        .Replace("{dataset_cleaned}", Cleaned(name), StringComparison.Ordinal);

    private static string Cleaned(string name) => name.Replace('/', '-');

    private static bool IsSet(string folder, BenchmarkSet? set) => Directory.Exists(folder)
        && (Splits.Any(split => Directory.Exists(Path.Combine(folder, split)))
            || FilesOfSets.Any(file => File.Exists(Path.Combine(folder, file)))
            || (set is not null && File.Exists(Path.Combine(folder, set.Name.Split('/')[^1] + ".json"))));

    // CLIP_benchmark reads from the hub's pages; here they stand for what was pulled from them.
    private static string? InCache(string place, HubCache cache) =>
        HubCache.IsHubName(place) ? cache.Resolve(place, RepoType.Dataset)
        : place.StartsWith(HubPages, StringComparison.Ordinal) ? cache.Snapshot(HubRepo.Parse(place, RepoType.Dataset))
        : null;

    private static string? TrySnapshot(string get, HubCache cache)
    {
        try
        {
            return InCache(get, cache);
        }
        catch (ClipException e) when (e.Kind == ClipError.NoInput)
        {
            return null; // not pulled
        }
    }

    private static SetPlace Named(string dataset, string place)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        var name = HubCache.IsHubName(dataset)
            ? HubRepo.Parse(string.Join('/', dataset.Split('/').Take(2)), RepoType.Dataset).Name
            : HubRepo.OfSnapshot(folder)?.Name ?? Path.GetFileName(folder);
        return new SetPlace { Name = name, Set = Known(name), Folder = place };
    }

    // wds_vtab-pets and wds_food101_test hold the sets vtab/pets and food101.
    private static BenchmarkSet? Known(string folder)
    {
        var name = folder.StartsWith("wds_", StringComparison.Ordinal) ? folder["wds_".Length..] : folder;
        name = name.EndsWith("_test", StringComparison.Ordinal) ? name[..^"_test".Length] : name;
        return BenchmarkSets.TryFind(name)
            ?? (name.Split('-', 2) is [var first, var rest] ? BenchmarkSets.TryFind($"{first}/{rest}") : null);
    }

    private static ClipException Missing(BenchmarkSet set, string name, List<string> tried)
    {
        const int told = 3;
        var looked = string.Join(", ", tried.Take(told).Select(Path.GetFullPath)) + (tried.Count > told ? ", ..." : "");
        return new ClipException(ClipError.NoInput, $"The set {set.Name} is not there", name,
            $"nothing at {looked}" + (set.IsOnHub ? ", and it was not pulled" : ""), "its folder",
            set.IsOnHub ? $"Fetch it: {set.HowToGet}" : $"{set.HowToGet}, then name its folder with --dataset_root.");
    }
}
