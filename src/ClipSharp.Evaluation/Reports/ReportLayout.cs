using System.Text.Json.Serialization;

namespace ClipSharp.Evaluation.Reports;

/// <summary>The members of a report's JSON: CLIP_benchmark's in its order, then ours. Of a foreign file only the first six are
/// there.</summary>
internal sealed record ReportLayout(string? Dataset, string? Model, string? Pretrained, string? Task,
    Dictionary<string, double?>? Metrics, string? Language = null, string? Split = null, string? Engine = null,
    string? MainMetric = null,
    IReadOnlyList<string>? Templates = null, string? ClassnamesSha256 = null, string? TemplatesSha256 = null,
    [property: JsonPropertyName("intervals_95")] Dictionary<string, double[]>? Intervals = null,
    Dictionary<string, int>? Samples = null, Dictionary<string, int>? Ties = null,
    Dictionary<string, MetricKind>? MetricKinds = null, IReadOnlyList<string>? Notes = null,
    IReadOnlyDictionary<string, long>? Skipped = null, string? OutcomesSha256 = null, IReadOnlyList<string>? Classnames = null,
    string? Ensemble = null, string? ClassifierSha256 = null, string? WeightsKey = null);

/// <summary>What kind of number a metric is, beside its value.</summary>
/// <param name="Unit">As <see cref="Metrics.MetricUnit"/>, in lower case.</param>
/// <param name="Chance">What guessing gives.</param>
/// <param name="Normalised">Corrected for chance.</param>
internal sealed record MetricKind(string Unit, double? Chance, double? Normalised);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReportLayout))]
internal sealed partial class ReportJson : JsonSerializerContext;
