using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Outcomes and the metrics that are made of them.</summary>
/// <param name="Outcomes">The rows.</param>
/// <param name="Metrics">In the order in which they are shown.</param>
public sealed record MeasuredOutcomes(Outcomes Outcomes, IReadOnlyList<IMetric> Metrics);

/// <summary>What a task found.</summary>
/// <param name="Parts">In the order in which they are shown.</param>
public sealed record TaskResult(IReadOnlyList<MeasuredOutcomes> Parts)
{
    /// <summary>A task with one kind of rows.</summary>
    public TaskResult(Outcomes outcomes, params IReadOnlyList<IMetric> metrics)
        : this([new MeasuredOutcomes(outcomes, metrics)])
    {
    }

    /// <summary>Numbers that are no metric of the rows, such as the strength that a search chose.</summary>
    public IReadOnlyList<MetricValue> Settings { get; init; } = [];

    /// <summary>The names of the classes; null = there are none.</summary>
    public IReadOnlyList<string>? Classnames { get; init; }

    /// <summary>The templates round names or captions; null = none.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>As <see cref="BenchmarkReport.ClassnamesSha256"/>.</summary>
    public string? ClassnamesSha256 { get; init; }

    /// <summary>As <see cref="BenchmarkReport.TemplatesSha256"/>.</summary>
    public string? TemplatesSha256 { get; init; }

    /// <summary>As <see cref="BenchmarkReport.Ensemble"/>.</summary>
    public PromptEnsemble? Ensemble { get; init; }

    /// <summary>As <see cref="BenchmarkReport.ClassifierSha256"/>.</summary>
    public string? ClassifierSha256 { get; init; }

    /// <summary>As <see cref="BenchmarkReport.WeightsKey"/>.</summary>
    public string? WeightsKey { get; init; }

    /// <summary>What is remarkable, a sentence each; null = nothing.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}
