namespace ClipSharp.Evaluation.Tasks;

/// <summary>What a task measured.</summary>
/// <param name="Metrics">In the order in which they are shown.</param>
public sealed record TaskResult(IReadOnlyList<Metric> Metrics)
{
    /// <summary>The templates round names or captions; null = none.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>As <see cref="BenchmarkReport.ClassnamesSha256"/>.</summary>
    public string? ClassnamesSha256 { get; init; }

    /// <summary>As <see cref="BenchmarkReport.TemplatesSha256"/>.</summary>
    public string? TemplatesSha256 { get; init; }

    /// <summary>What is remarkable, a sentence each; null = nothing.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}
