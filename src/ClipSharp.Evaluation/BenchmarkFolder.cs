using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Evaluation;

/// <summary>The files that CLIP_benchmark's local layout puts beside a split or into its parent folder: <c>classnames.txt</c>,
/// <c>zeroshot_classification_templates.txt</c>, <c>dataset_type.txt</c> (<c>clip_benchmark/datasets/builder.py</c>).</summary>
public sealed record BenchmarkFolder
{
    /// <summary>The data that is measured: what was named, or the test split of a whole set that was.</summary>
    public required string Data { get; init; }

    /// <summary>The data set's name: the parent folder's, or that of the repository it was pulled from.</summary>
    public required string Dataset { get; init; }

    /// <summary>The split's name: the folder's that holds the shards.</summary>
    public required string Split { get; init; }

    /// <summary>The list of class names, or null.</summary>
    public string? ClassNames { get; init; }

    /// <summary>The list of templates, or null.</summary>
    public string? Templates { get; init; }

    /// <summary>What kind of set it is: as <c>dataset_type.txt</c> says; without that file classification where there are class
    /// names, retrieval where there are none.</summary>
    public required string Task { get; init; }

    /// <summary>Looks round the first place that a data pattern names.</summary>
    /// <param name="pattern">As <see cref="DataPattern.Expand"/> takes it; a folder with <c>test/nshards.txt</c> stands for that
    /// split.</param>
    /// <param name="wanted">The split that is meant where a whole set is named.</param>
    /// <exception cref="ClipException">There is no such data, or the set is of a kind that is not measured here.</exception>
    public static BenchmarkFolder Find(string pattern, string wanted = "test")
    {
        var data = SplitOf(pattern, wanted);
        var place = Path.GetFullPath(DataPattern.Expand(data)[0]);
        var split = Path.TrimEndingDirectorySeparator(Directory.Exists(place) ? place : Path.GetDirectoryName(place)!);
        var parent = Path.GetDirectoryName(split);
        var classNames = Beside("classnames.txt");
        var type = Beside("dataset_type.txt") is { } path ? TextLines.Read(path)[0] : null;
        return new BenchmarkFolder
        {
            Data = data,
            Dataset = parent is not null && HubRepo.OfSnapshot(parent) is { } repo ? repo.Name
                : Path.GetFileName(parent) is { Length: > 0 } name ? name : Path.GetFileName(split),
            Split = Path.GetFileName(split),
            ClassNames = classNames,
            Templates = Beside("zeroshot_classification_templates.txt"),
            Task = type switch
            {
                "retrieval" => EvaluationTasks.Retrieval,
                "multilabel" => throw new ClipException(ClipError.Data, "This kind of data set is not measured", split,
                    "multilabel", "classification or retrieval", "Choose another data set."),
                null => classNames is null ? EvaluationTasks.Retrieval : EvaluationTasks.ZeroShot,
                _ => EvaluationTasks.ZeroShot,
            },
        };

        string? Beside(string file) =>
            new[] { split, parent }.OfType<string>().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    /// <summary>Another split of the same set: the folder of that name beside this one's.</summary>
    /// <exception cref="ClipException">It is not there.</exception>
    internal BenchmarkFolder OtherSplit(string name)
    {
        var split = Path.GetFullPath(DataPattern.Expand(Data)[0]);
        split = Directory.Exists(split) ? split : Path.GetDirectoryName(split)!;
        var other = Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(split)) ?? "", name);
        return Directory.Exists(other)
            ? this with { Data = other, Split = name }
            : throw new ClipException(ClipError.NoInput, "A split is missing", other, "no such folder",
                $"the split \"{name}\" beside \"{Split}\"", "Name it with --train_split, or get the whole set.");
    }

    // A whole set has its shards one folder deeper; the reference measures "test" unless told otherwise.
    private static string SplitOf(string pattern, string wanted)
    {
        var test = Path.Combine(HubCache.PathOf(pattern, RepoType.Dataset), wanted);
        return File.Exists(Path.Combine(test, "nshards.txt")) ? test : pattern;
    }
}
