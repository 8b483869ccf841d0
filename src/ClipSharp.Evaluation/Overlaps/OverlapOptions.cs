using ClipSharp.Data;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>Which test sets are compared with which training data; the names are those of the command's flags.</summary>
public sealed record OverlapOptions
{
    /// <summary>The training data, one pattern or more, as <see cref="ClipSharp.Data.Sources.DataPattern"/> takes them.</summary>
    public required IReadOnlyList<string> Train { get; init; }

    /// <summary>The test sets, as <see cref="BenchmarkFolder.Find"/> takes them.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>The folder in which named sets lie; null = the working folder, and what was pulled.</summary>
    public string? DatasetRoot { get; init; }

    /// <summary>The split that is compared where a whole set is named.</summary>
    public string Split { get; init; } = "test";

    /// <summary>Reports of evaluations on these sets, their outcomes beside them.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>What counts as overlap.</summary>
    public OverlapRule Rule { get; init; } = OverlapRule.Default;

    /// <summary>How the data is read.</summary>
    public DataOptions DataOptions { get; init; } = new();

    /// <summary>Threads that decode pictures; 0 = one a processor.</summary>
    public int NumWorkers { get; init; }
}
