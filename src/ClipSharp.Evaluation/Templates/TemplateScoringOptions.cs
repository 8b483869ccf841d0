namespace ClipSharp.Evaluation.Templates;

/// <summary>How templates are scored.</summary>
public sealed record TemplateScoringOptions
{
    /// <summary>The metrics there are.</summary>
    public static IReadOnlyList<string> Metrics { get; } = ["acc1", "acc5", "mean_per_class_recall"];

    /// <summary>One of <see cref="Metrics"/>; null = the set's own where it is one of them, else "acc1".</summary>
    public string? Metric { get; init; }

    /// <summary>The split by which templates are chosen; null = one half of the pictures, and what was chosen is measured on the
    /// other.</summary>
    public string? ChooseSplit { get; init; }

    /// <summary>Steps of <see cref="ForwardSelection"/>, 0 = none; null = while they help.</summary>
    public int? Steps { get; init; }
}
