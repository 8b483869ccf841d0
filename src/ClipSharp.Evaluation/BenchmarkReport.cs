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

    /// <summary>"zeroshot_classification" or "zeroshot_retrieval".</summary>
    public required string Task { get; init; }

    /// <summary>The metrics, in the order in which they are shown.</summary>
    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>The language of names and captions.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The engine that computed the vectors.</summary>
    public required string Engine { get; init; }

    /// <summary>The templates of a classification.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Samples that could not be used, by reason.</summary>
    public IReadOnlyDictionary<string, long>? Skipped { get; init; }

    /// <summary>The JSON, one object. A number that is not finite, which JSON does not have, is left out.</summary>
    /// <param name="indented">Over several lines for people, else on one.</param>
    public string ToJson(bool indented = true)
    {
        var metrics = Metrics.Where(metric => double.IsFinite(metric.Value)).ToList();
        var intervals = metrics.Where(metric => metric is { Low: not null, High: not null });
        return JsonSerializer.Serialize(new Layout(Dataset, Model, Pretrained, Task,
            metrics.ToDictionary(metric => metric.Name, metric => metric.Value), Language, Split, Engine, Templates,
            intervals.ToDictionary(metric => metric.Name, metric => new[] { metric.Low!.Value, metric.High!.Value }),
            metrics.ToDictionary(metric => metric.Name, metric => metric.Samples), Skipped),
            indented ? ReportJson.Default.Layout
                : new ReportJson(new JsonSerializerOptions(ReportJson.Default.Options) { WriteIndented = false }).Layout);
    }

    // The order of CLIP_benchmark's members, then ours.
    internal sealed record Layout(string Dataset, string Model, string Pretrained, string Task,
        Dictionary<string, double> Metrics, string Language, string Split, string Engine, IReadOnlyList<string>? Templates,
        [property: JsonPropertyName("intervals_95")] Dictionary<string, double[]> Intervals,
        Dictionary<string, int> Samples, IReadOnlyDictionary<string, long>? Skipped);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BenchmarkReport.Layout))]
internal sealed partial class ReportJson : JsonSerializerContext;
