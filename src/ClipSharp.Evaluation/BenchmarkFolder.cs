using ClipSharp.Data;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Sets;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Hub;

namespace ClipSharp.Evaluation;

/// <summary>The split of a set that is measured, where it lies, and what the files beside it say of it
/// (<c>clip_benchmark/datasets/builder.py</c>).</summary>
public sealed record BenchmarkFolder
{
    private const string Classification = "classification";

    /// <summary>The data that is measured: what was named, or a split of a whole set that was.</summary>
    public required string Data { get; init; }

    /// <summary>The data set's name: as it was asked for, or the parent folder's, or that of the repository it was pulled
    /// from.</summary>
    public required string Dataset { get; init; }

    /// <summary>The split's name: the folder's that holds the data.</summary>
    public required string Split { get; init; }

    /// <summary>Whether <see cref="Split"/> is named as splits are; else the folder is a set of its own.</summary>
    internal bool IsSplit => SetPlace.Splits.Any(name => Split.StartsWith(name, StringComparison.Ordinal));

    /// <summary>What is known of the set; null for one's own.</summary>
    public BenchmarkSet? Set { get; init; }

    /// <summary>The split's folder: lists of names and templates lie in it or in its parent.</summary>
    public required string Folder { get; init; }

    /// <summary>What the set is for, a name of <see cref="EvaluationTasks"/>: as <c>dataset_type.txt</c> says; else what is
    /// known of it; else classification where there are names of classes, retrieval where there are none.</summary>
    public required string Task { get; init; }

    /// <summary>Looks for a set.</summary>
    /// <param name="dataset">As <see cref="SetPlace.Find"/> takes it.</param>
    /// <param name="wanted">The split that is meant where a whole set is named.</param>
    /// <param name="root">Where named sets lie; null = the working folder, and what was pulled.</param>
    /// <param name="options">How it is read; null = the defaults.</param>
    /// <exception cref="ClipException">There is no such data.</exception>
    public static BenchmarkFolder Find(string dataset, string wanted = "test", string? root = null, DataOptions? options = null)
    {
        var place = SetPlace.Find(dataset, root);
        var (data, _) = place.Of(wanted);
        if (place.Set?.Task == EvaluationTasks.Selection)
        {
            return new BenchmarkFolder
            {
                Data = data,
                Dataset = place.Set.Name,
                Split = wanted,
                Set = place.Set,
                Folder = data,
                Task = EvaluationTasks.Selection,
            };
        }

        var folder = FolderOf(data, options ?? new DataOptions());
        return new BenchmarkFolder
        {
            Data = data,
            Dataset = data == place.Folder ? NameOf(folder) : place.Name,
            Split = Path.GetFileName(folder),
            Set = place.Set,
            Folder = folder,
            Task = TaskOf(folder, place.Set),
        };
    }

    /// <summary>A file beside the split or in its parent folder, or null.</summary>
    public string? Beside(string file) =>
        Places(Folder).Select(place => Path.Combine(place, file)).FirstOrDefault(File.Exists);

    /// <summary>Another split of the same set: the folder of that name beside this one's; null where there is none.</summary>
    internal BenchmarkFolder? TrySplit(string name)
    {
        var other = Path.Combine(Path.GetDirectoryName(Folder) ?? "", name);
        return Directory.Exists(other) ? this with { Data = other, Split = name, Folder = other } : null;
    }

    // Of shards elsewhere the folder is an address: no list lies beside them.
    private static string FolderOf(string data, DataOptions options)
    {
        var first = DataPattern.Find(data, options).Paths[0];
        if (ShardPlace.IsRemote(first))
        {
            var shown = ShardPlace.Shown(first);
            return shown.LastIndexOf('/') is > 0 and var end ? shown[..end] : shown;
        }

        first = Path.GetFullPath(first);
        return Path.TrimEndingDirectorySeparator(Directory.Exists(first) ? first : Path.GetDirectoryName(first)!);
    }

    private static IEnumerable<string> Places(string folder) =>
        new[] { folder, Path.GetDirectoryName(folder) }.OfType<string>();

    private static string NameOf(string folder) => Path.GetDirectoryName(folder) is not { } parent ? Path.GetFileName(folder)
        : HubRepo.OfSnapshot(parent)?.Name
            ?? (Path.GetFileName(parent) is { Length: > 0 } name ? name : Path.GetFileName(folder));

    private static string TaskOf(string folder, BenchmarkSet? set)
    {
        var type = Find("dataset_type.txt") is { } path ? TextLines.Read(path)[0]
            : set is not null ? set.Task
            : Find("classnames.txt") is not null || HasClassFolders() ? Classification : "retrieval";
        return type switch
        {
            "retrieval" or EvaluationTasks.Retrieval => EvaluationTasks.Retrieval,
            EvaluationTasks.Multilabel => EvaluationTasks.Multilabel,
            _ => EvaluationTasks.ZeroShot,
        };

        string? Find(string file) =>
            Places(folder).Select(place => Path.Combine(place, file)).FirstOrDefault(File.Exists);

        bool HasClassFolders() => Directory.Exists(folder) && Sets.Labels.ClassFolderSource.NamesIn(folder).Count > 0;
    }
}
