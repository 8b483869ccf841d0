using ClipSharp.Evaluation.Tasks;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Calibration;

/// <summary>What the task "calibration" found on labelled pictures, for naming others: a temperature, and the probability at it
/// below which a picture is none of the classes. Both hold for the model and the names that were measured.</summary>
public sealed record NamingCalibration
{
    private readonly BenchmarkReport _report;
    private readonly string _path;

    private NamingCalibration(BenchmarkReport report, string path) => (_report, _path) = (report, path);

    /// <summary>Logits are divided by this, above 0.</summary>
    public required double Temperature { get; init; }

    /// <summary>A picture whose best probability is below this is none of the classes, 0 to 1.</summary>
    public required double NoneBelow { get; init; }

    /// <summary>Reads the JSON of <c>eval --task calibration</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipException">It is absent (NoInput), or not of that task or without a usable number
    /// (Data).</exception>
    public static NamingCalibration Read(string path)
    {
        var report = BenchmarkReport.Read(path);
        return report.Task != EvaluationTasks.Calibration
            ? throw Unfit(path, $"a result of {report.Task}")
            : new NamingCalibration(report, path)
            {
                Temperature = Number("temperature", value => value is > 0 and < double.PositiveInfinity),
                NoneBelow = Number("none_of_these_below", value => value is >= 0 and <= 1),
            };

        double Number(string name, Func<double, bool> isFit)
        {
            var value = report.Metrics.Where(metric => metric.Name == name).Select(metric => metric.Value).Cast<double?>()
                .FirstOrDefault();
            return value is { } number && isFit(number) ? number
                : throw Unfit(path, value is null ? $"no {name}" : FormattableString.Invariant($"{name} {value}"));
        }
    }

    /// <summary>Refuses another model or other names.</summary>
    /// <param name="clip">The model.</param>
    /// <param name="prompts">Names and sentences.</param>
    /// <returns>What cannot be known or differs without harm, a sentence each.</returns>
    /// <exception cref="ClipException">It was measured with another model or on other names (Config).</exception>
    public IReadOnlyList<string> Check(Clip clip, ClassPrompts prompts)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(prompts);
        if (_report.WeightsKey is { } key && key != clip.WeightsKey)
        {
            throw Other("another model", $"that of {_report.Model}", "the model in use");
        }

        if (_report.Classnames is { } names && !names.SequenceEqual(prompts.Names))
        {
            var place = names.Zip(prompts.Names).TakeWhile(pair => pair.First == pair.Second).Count();
            throw Other("other names", place < Math.Min(names.Count, prompts.Names.Count)
                    ? FormattableString.Invariant($"\"{names[place]}\" as name {place + 1}")
                    : FormattableString.Invariant($"{names.Count} names"),
                place < Math.Min(names.Count, prompts.Names.Count) ? $"\"{prompts.Names[place]}\""
                    : FormattableString.Invariant($"{prompts.Names.Count}, as are asked for"));
        }

        string?[] notes =
        [
            _report.WeightsKey is null ? $"{_path} does not say by which weights it was measured: {_report.Model}" : null,
            _report.Classnames is null ? $"{_path} does not say on which names it was measured" : null,
            _report.Templates is { } templates && !SameSentences(templates, prompts)
                ? "the calibration was measured with other templates, so its numbers fit less well" : null,
        ];
        return [.. notes.OfType<string>()];
    }

    // Of the first class, whose name is the same.
    private static bool SameSentences(IReadOnlyList<string> templates, ClassPrompts prompts) => prompts.Texts[0].SequenceEqual(
        templates.Select(template => PromptTemplate.Parse(template).Fill(prompts.Names[0])));

    private ClipException Other(string what, string found, string expected) => new(ClipError.Config,
        $"The calibration is of {what}", _path, found, expected,
        "Measure it with these (clipsharp eval --task calibration), or give --temperature and --none-below.");

    private static ClipException Unfit(string path, string found) => new(ClipError.Data, "The file is no usable calibration", path,
        found, "a result of clipsharp eval --task calibration", "Measure it, or give --temperature and --none-below.");
}
