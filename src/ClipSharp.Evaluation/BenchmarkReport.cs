using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Evaluation;

/// <summary>What was measured, on what and with what: CLIP_benchmark's JSON, so that its <c>build</c> reads it, and beside it our
/// intervals and the prompts.</summary>
public sealed record BenchmarkReport
{
    /// <summary>The data set's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>The split's name.</summary>
    public required string Split { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Where its weights come from.</summary>
    public required string Pretrained { get; init; }

    /// <summary>"zeroshot_classification", "zeroshot_retrieval", or the name of a task of one's own.</summary>
    public required string Task { get; init; }

    /// <summary>The metrics, in the order in which they are shown.</summary>
    public required IReadOnlyList<MetricValue> Metrics { get; init; }

    /// <summary>The rows that the metrics are made of, a list a side of the task.</summary>
    public IReadOnlyList<Outcomes> Outcomes { get; init; } = [];

    /// <summary>The names of the classes; null = there are none.</summary>
    public IReadOnlyList<string>? Classnames { get; init; }

    /// <summary>The language of names and captions.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The engine that computed the vectors.</summary>
    public required string Engine { get; init; }

    /// <summary>The templates of a classification.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>SHA-256 of the class names of a classification, in hexadecimal: that of a file with one name a line, each line
    /// ended by a line feed.</summary>
    public string? ClassnamesSha256 { get; init; }

    /// <summary>The same of the templates, or, where each class has sentences of its own, of these, class after class.</summary>
    public string? TemplatesSha256 { get; init; }

    /// <summary>What is remarkable about the class names and their prompts, a sentence each.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>Samples that could not be used, by reason.</summary>
    public IReadOnlyDictionary<string, long>? Skipped { get; init; }

    /// <summary>The JSON, one object. A number that is not finite, which JSON does not have, is null.</summary>
    /// <param name="indented">Over several lines for people, else on one.</param>
    public string ToJson(bool indented = true)
    {
        var intervals = Metrics.Where(metric => metric is { Low: not null, High: not null });
        var ties = Metrics.Where(metric => metric.Ties > 0).ToDictionary(metric => metric.Name, metric => metric.Ties);
        return JsonSerializer.Serialize(new Layout(Dataset, Model, Pretrained, Task,
            Metrics.ToDictionary(metric => metric.Name, metric => double.IsFinite(metric.Value) ? metric.Value : (double?)null),
            Language, Split, Engine, Templates, ClassnamesSha256, TemplatesSha256,
            intervals.ToDictionary(metric => metric.Name, metric => new[] { metric.Low!.Value, metric.High!.Value }),
            Metrics.ToDictionary(metric => metric.Name, metric => metric.Samples), ties.Count > 0 ? ties : null, Notes, Skipped),
            indented ? ReportJson.Default.Layout
                : new ReportJson(new JsonSerializerOptions(ReportJson.Default.Options) { WriteIndented = false }).Layout);
    }

    // The order of CLIP_benchmark's members, then ours.
    internal sealed record Layout(string Dataset, string Model, string Pretrained, string Task,
        Dictionary<string, double?> Metrics, string Language, string Split, string Engine, IReadOnlyList<string>? Templates,
        string? ClassnamesSha256, string? TemplatesSha256,
        [property: JsonPropertyName("intervals_95")] Dictionary<string, double[]> Intervals,
        Dictionary<string, int> Samples, Dictionary<string, int>? Ties, IReadOnlyList<string>? Notes,
        IReadOnlyDictionary<string, long>? Skipped);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BenchmarkReport.Layout))]
internal sealed partial class ReportJson : JsonSerializerContext;
