using System.Text.Json;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Files;

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

    /// <summary>The metric by which models are compared on this set; null = see <see cref="Main"/>.</summary>
    public string? MainMetric { get; init; }

    /// <summary>The rows that the metrics are made of, a list a side of the task. Not in the JSON: see
    /// <see cref="OutcomesSha256"/>.</summary>
    public IReadOnlyList<Outcomes> Outcomes { get; init; } = [];

    /// <summary>SHA-256 of the <see cref="OutcomeFile"/> that was written with this report; null = there is none.</summary>
    public string? OutcomesSha256 { get; init; }

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

    /// <summary>What the templates were averaged in; null = there are none.</summary>
    public PromptEnsemble? Ensemble { get; init; }

    /// <summary>SHA-256 of the file of a stored classifier; null = it was built.</summary>
    public string? ClassifierSha256 { get; init; }

    /// <summary>Tells the model's weights from all others', where a number of the report is to be used with them again; else
    /// null.</summary>
    public string? WeightsKey { get; init; }

    /// <summary>What is remarkable about the class names and their prompts, a sentence each.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>Samples that could not be used, by reason.</summary>
    public IReadOnlyDictionary<string, long>? Skipped { get; init; }

    /// <summary>The number by which models are compared: the one of <see cref="MainMetric"/>, else the first share there is; null
    /// = none.</summary>
    public MetricValue? Main => Metrics
        .Where(metric => double.IsFinite(metric.Value)
            && (MainMetric is null ? metric.Unit is MetricUnit.Share : metric.Name == MainMetric))
        .Cast<MetricValue?>().FirstOrDefault();

    /// <summary>What <see cref="Main"/> was made of; null = it was read from a file.</summary>
    internal (IMetric Metric, Outcomes Outcomes)? MainMeasured { get; init; }

    /// <summary>Reads a report: ours, or one of CLIP_benchmark's, whose members it holds; its other members are then empty. What
    /// is no number there is NaN.</summary>
    /// <param name="path">The JSON.</param>
    /// <exception cref="ClipException">It is absent (NoInput) or no report (Data).</exception>
    public static BenchmarkReport Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReportReader.Read(path);
    }

    /// <summary>Writes the JSON, and before it the outcomes beside it, if there are any.</summary>
    /// <param name="path">The JSON file; each file is replaced as a whole.</param>
    /// <returns>The report with <see cref="OutcomesSha256"/>.</returns>
    /// <exception cref="ClipException">A file cannot be written.</exception>
    public BenchmarkReport Write(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var whole = Outcomes.Count == 0 ? this : this with
        {
            OutcomesSha256 = OutcomeFile.Write(OutcomeFile.PathOf(path), Outcomes),
        };
        AtomicFile.WriteText(path, whole.ToJson() + "\n");
        return whole;
    }

    /// <summary>The JSON, one object. A number that is not finite, which JSON does not have, is null.</summary>
    /// <param name="indented">Over several lines for people, else on one.</param>
    public string ToJson(bool indented = true)
    {
        var intervals = Metrics.Where(metric => metric is { Low: not null, High: not null });
        var ties = Metrics.Where(metric => metric.Ties > 0).ToDictionary(metric => metric.Name, metric => metric.Ties);
        return JsonSerializer.Serialize(new ReportLayout(Dataset, Model, Pretrained, Task,
            Metrics.ToDictionary(metric => metric.Name, metric => Finite(metric.Value)),
            Language, Split, Engine, MainMetric, Templates, ClassnamesSha256, TemplatesSha256,
            intervals.ToDictionary(metric => metric.Name, metric => new[] { metric.Low!.Value, metric.High!.Value }),
            Metrics.ToDictionary(metric => metric.Name, metric => metric.Samples), ties.Count > 0 ? ties : null,
            Metrics.ToDictionary(metric => metric.Name, metric => new MetricKind(ReportReader.Name(metric.Unit),
                Finite(metric.Chance), Finite(metric.Normalised))), Notes, Skipped, OutcomesSha256, Classnames,
            Spelling.Of(Ensemble), ClassifierSha256, WeightsKey),
            indented ? ReportJson.Default.ReportLayout
                : new ReportJson(new JsonSerializerOptions(ReportJson.Default.Options) { WriteIndented = false }).ReportLayout);
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
