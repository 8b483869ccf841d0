using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Evaluation.Reports;

namespace ClipSharp.Evaluation.Templates;

/// <summary>Which templates help a model on a set.</summary>
public sealed record TemplateReport
{
    /// <summary>The data set's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>The split's name.</summary>
    public required string Split { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Where its weights come from.</summary>
    public required string Pretrained { get; init; }

    /// <summary>The engine that computed the vectors.</summary>
    public required string Engine { get; init; }

    /// <summary>What is measured, one of <see cref="TemplateScoringOptions.Metrics"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>Of the halves and the intervals.</summary>
    public required long Seed { get; init; }

    /// <summary>The pictures by which templates are compared and chosen.</summary>
    public required string ChosenOn { get; init; }

    /// <summary>How many these are.</summary>
    public required int ChosenPictures { get; init; }

    /// <summary>The pictures of <see cref="Measured"/>, none of which is among the others.</summary>
    public required string MeasuredOn { get; init; }

    /// <summary>How many these are.</summary>
    public required int MeasuredPictures { get; init; }

    /// <summary>The ensemble of all templates, on the pictures that are chosen by.</summary>
    public required TemplateValue All { get; init; }

    /// <summary>The names without a template, on the same.</summary>
    public required TemplateValue Bare { get; init; }

    /// <summary>Each template on the same, in the order of the list.</summary>
    public required IReadOnlyList<TemplateScore> Templates { get; init; }

    /// <summary>Forward selection on the same, step by step.</summary>
    public required IReadOnlyList<TemplateStep> Path { get; init; }

    /// <summary>The templates of the path up to its highest value.</summary>
    public required IReadOnlyList<string> Selected { get; init; }

    /// <summary>All, the bare names, the best and the selected templates on pictures by which nothing was chosen.</summary>
    public required IReadOnlyList<TemplateEnsemble> Measured { get; init; }

    /// <summary>The names of the classes.</summary>
    public required IReadOnlyList<string> Classnames { get; init; }

    /// <summary>The pairs of classes that are nearest to each other by the ensemble of all, and what becomes of their pictures
    /// among those that are chosen by.</summary>
    public required IReadOnlyList<NearClasses> Nearest { get; init; }

    /// <summary>What is remarkable, a sentence each; null = nothing.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>Samples that could not be used, by reason; null = none.</summary>
    public IReadOnlyDictionary<string, long>? Skipped { get; init; }

    /// <summary>The report as JSON, one object.</summary>
    /// <param name="indented">Over several lines for people, else on one.</param>
    public string ToJson(bool indented = true) => JsonSerializer.Serialize(this, indented
        ? TemplateJson.Default.TemplateReport
        : new TemplateJson(new JsonSerializerOptions(TemplateJson.Default.Options) { WriteIndented = false }).TemplateReport);

    /// <summary>The templates as a table by RFC 4180, one a row: alone, and the ensemble without it, on the pictures that are
    /// chosen by.</summary>
    public string ToCsv()
    {
        string[] numbers = ["", "_low", "_high", "_difference", "_difference_low", "_difference_high", "_p", "_p_holm"];
        var text = new StringBuilder();
        CsvText.AppendRow(text, ["template", .. numbers.Select(name => "alone" + name),
            .. numbers.Select(name => "without" + name), "step"]);
        foreach (var (place, score) in Templates.Index())
        {
            var step = Path.Index().Where(step => step.Item.Template == place).Select(step => step.Index + 1.0).Cast<double?>();
            CsvText.AppendRow(text, [CsvText.Harmless(score.Template),
                .. Numbers(score.Alone), .. Numbers(score.Without), CsvText.Number(step.FirstOrDefault())]);
        }

        return text.ToString();

        static IEnumerable<string> Numbers(TemplateValue? of) => new[]
        {
            of?.Value, of?.Low, of?.High, of?.Difference, of?.DifferenceLow, of?.DifferenceHigh, of?.PValue, of?.PHolm,
        }.Select(CsvText.Number);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TemplateReport))]
internal sealed partial class TemplateJson : JsonSerializerContext;
