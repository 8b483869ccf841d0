namespace ClipSharp.Evaluation.Registry;

/// <summary>What is known of an evaluation set: how it is measured, how large it is, and where to get it. A line of
/// <c>sets.json</c>; what nobody could establish is null.</summary>
public sealed record BenchmarkSet
{
    /// <summary>The name, as CLIP_benchmark has it, such as "vtab/pets".</summary>
    public required string Name { get; init; }

    /// <summary>Other names that it goes by.</summary>
    public IReadOnlyList<string> Aliases { get => field ?? []; init; } // the generated reader sets null where there are none

    /// <summary>The name for people.</summary>
    public required string Title { get; init; }

    /// <summary>What is measured: "zeroshot_classification", "zeroshot_retrieval", "multilabel" or
    /// "image_caption_selection".</summary>
    public required string Task { get; init; }

    /// <summary>The figure that the set's own rule makes the main one, in the words of CLIP_benchmark and DataComp, such as
    /// "acc1", "mean_per_class_recall" or "mean_recall@1"; docs/datasets.md says what each is.</summary>
    public required string Metric { get; init; }

    /// <summary>Classes, C; null where there are none.</summary>
    public int? Classes { get; init; }

    /// <summary>Training and validation samples together, in the cut that <see cref="Get"/> leads to.</summary>
    public int? Train { get; init; }

    /// <summary>Samples that are measured, in the cut that <see cref="Get"/> leads to.</summary>
    public int? Test { get; init; }

    /// <summary>What guessing scores, 0 to 1: DataComp's random score, else that of an even guess.</summary>
    public double? Chance { get; init; }

    /// <summary>CLIP_benchmark's templates for it, by number.</summary>
    public int? Templates { get; init; }

    /// <summary>How it lies on a disk: "shards", "class_folders", "parquet", "frames", or the form of a selection:
    /// "sugar_crepe", "winoground", "winogavil", "aro", "negbench".</summary>
    public required string Layout { get; init; }

    /// <summary>Where to get it: a repository of the hub, <c>hf-hub:org/name</c>, or the address of a page.</summary>
    public required string Get { get; init; }

    /// <summary>Its section in OpenAI's <c>prompts.md</c>.</summary>
    public string? Prompts { get; init; }

    /// <summary>The split that is measured where there is no <c>test</c>; null = none other.</summary>
    public string? Split { get; init; }

    /// <summary>The groups among which the worst is looked for; null = it has none.</summary>
    public SetGroups? Groups { get; init; }

    /// <summary>The cut of the paper (table 9); null where it is none of its 27.</summary>
    public PaperCut? Paper { get; init; }

    /// <summary>Whether it is a repository of the hub.</summary>
    public bool IsOnHub => Get.StartsWith("hf-hub:", StringComparison.Ordinal);

    /// <summary>What others measured on it, see <see cref="BenchmarkSets.Figures"/>.</summary>
    public IReadOnlyList<PublishedFigure> Figures => BenchmarkSets.Figures(Name);

    /// <summary>What to do to get it, a sentence.</summary>
    public string HowToGet => IsOnHub
        ? $"clipsharp pull {Get["hf-hub:".Length..]} --repo-type dataset"
        : $"Get it from {Get}";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
