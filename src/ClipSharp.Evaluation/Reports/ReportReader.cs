using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClipSharp.Evaluation.Metrics;

namespace ClipSharp.Evaluation.Reports;

/// <summary>Reads reports: ours, and those of CLIP_benchmark, which hold less and may say NaN, which no JSON does.</summary>
internal static partial class ReportReader
{
    private const long MostBytes = 64 << 20;

    public static BenchmarkReport Read(string path)
    {
        var text = TextOf(path);
        ReportLayout layout;
        try
        {
            layout = JsonSerializer.Deserialize(Words().Replace(text,
                match => match.Groups["word"].Success ? "null" : match.Value),
                ReportJson.Default.ReportLayout) ?? throw Unfit(path, "null");
        }
        catch (JsonException e)
        {
            throw Unfit(path, e.Message.ReplaceLineEndings(" "), e);
        }

        if (layout is not { Dataset: { } dataset, Model: { } model, Task: { } task, Metrics: { } metrics })
        {
            throw Unfit(path, "no " + (layout.Dataset is null ? "dataset" : layout.Model is null ? "model"
                : layout.Task is null ? "task" : "metrics"));
        }

        return new BenchmarkReport
        {
            Dataset = dataset,
            Split = layout.Split ?? "",
            Model = model,
            Pretrained = layout.Pretrained ?? "",
            Task = task,
            Metrics = [.. metrics.Select(metric => ValueOf(metric.Key, metric.Value, layout, path))],
            MainMetric = layout.MainMetric,
            Classnames = layout.Classnames,
            Language = layout.Language ?? "en",
            Engine = layout.Engine ?? "",
            Templates = layout.Templates,
            ClassnamesSha256 = layout.ClassnamesSha256,
            TemplatesSha256 = layout.TemplatesSha256,
            Notes = layout.Notes,
            Skipped = layout.Skipped,
            OutcomesSha256 = layout.OutcomesSha256,
            Ensemble = Spelling.Find<PromptEnsemble>(layout.Ensemble),
            ClassifierSha256 = layout.ClassifierSha256,
            WeightsKey = layout.WeightsKey,
        };
    }

    private static MetricValue ValueOf(string name, double? value, ReportLayout layout, string path)
    {
        var kind = layout.MetricKinds?.GetValueOrDefault(name);
        var unit = kind is null ? UnitOf(name)
            : Enum.GetValues<MetricUnit>().Where(known => Name(known) == kind.Unit).Cast<MetricUnit?>().FirstOrDefault()
                ?? throw Unfit(path, $"a metric of the kind {kind.Unit}");
        var ends = layout.Intervals?.GetValueOrDefault(name);
        if (ends is not (null or { Length: 2 }))
        {
            throw Unfit(path, FormattableString.Invariant($"an interval of {ends.Length} numbers for {name}"));
        }

        return new MetricValue(name, value ?? double.NaN, ends?[0], ends?[1], layout.Samples?.GetValueOrDefault(name) ?? 0,
            layout.Ties?.GetValueOrDefault(name) ?? 0)
        {
            Unit = unit,
            Chance = kind?.Chance,
        };
    }

    public static string Name(MetricUnit unit) => JsonNamingPolicy.SnakeCaseLower.ConvertName(unit.ToString());

    // CLIP_benchmark's metrics are shares, but for what its names say.
    private static MetricUnit UnitOf(string name) => name.EndsWith("_rank", StringComparison.Ordinal) ? MetricUnit.Rank
        : name.EndsWith("loss", StringComparison.Ordinal) ? MetricUnit.Loss
        : MetricUnit.Share;

    private static string TextOf(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= MostBytes
                ? File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true))
                : throw Unfit(path, length.ToString("N0", CultureInfo.InvariantCulture) + " bytes");
        }
        catch (DecoderFallbackException e)
        {
            throw Unfit(path, "bytes that are no UTF-8", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ClipException(ClipError.NoInput, "The report cannot be read", path, e.Message, "a JSON file of eval",
                "Check the path.", e);
        }
    }

    private static ClipException Unfit(string path, string found, Exception? cause = null) => new(ClipError.Data,
        "The file is no report of an evaluation", path, found, "the JSON of clipsharp eval or of CLIP_benchmark",
        "Leave it out, or measure again.", cause);

    // Python's words for what is not finite, outside quoted texts.
    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|(?<word>-?\bInfinity\b|\bNaN\b)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Words();
}
