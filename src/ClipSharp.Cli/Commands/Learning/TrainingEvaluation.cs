using ClipSharp.Evaluation;
using ClipSharp.Training;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>The evaluations of a run, each at its own pace and after the last step.</summary>
internal sealed class TrainingEvaluation
{
    private const int MostRows = 256;

    private readonly TrainOptions _options;
    private readonly IReadOnlyList<EvaluatedSet> _sets;
    private readonly HashSet<(EvaluatedSet, string)> _told = [];

    /// <summary>Looks for the data, before hours of training end in not finding them.</summary>
    /// <exception cref="ClipException">Some are not there, a task is unknown, or no set can give the metric to be best
    /// by.</exception>
    public TrainingEvaluation(TrainOptions options)
    {
        (_options, _sets) = (options, EvaluatedSet.Of(options));
        if (options.BestMetric is { } metric && !_sets.Any(set => metric.StartsWith(set.Prefix + "/", StringComparison.Ordinal)))
        {
            throw new ClipException(ClipError.Usage, "No evaluation gives the metric to be best by", "--best-metric", metric,
                _sets.Count == 0 ? "data to evaluate on"
                    : "a name that begins with " + string.Join(" or ", _sets.Select(set => set.Prefix + "/").Distinct()),
                _sets.Count == 0 ? "Name some with --val-data, --zeroshot-data or --eval-data."
                    : "Name it as evaluations print it, such as val/acc1.");
        }
    }

    /// <summary>What is due now. A set that cannot be evaluated takes nothing from the others; the same fault of it is told
    /// in full once.</summary>
    public IReadOnlyList<EvaluatedValue> Run(TrainedModel trained, CancellationToken cancel)
    {
        using var clip = new Clip(trained.Encoder, trained.Tokenizer, trained.Config, trained.Preprocess,
            () => FormattableString.Invariant($"in training, step {trained.Step}")) // nothing of it is kept
        {
            BatchSize = _options.MicroBatch is > 0 and { } rows ? Math.Min(MostRows, rows) : MostRows,
        };
        clip.Pictures = _options.PictureOptions(clip.Preprocessor.JpegShortSide);
        var benchmark = new Benchmark(clip, _options.ModelSource, "training");
        var values = new List<EvaluatedValue>();
        foreach (var set in _sets
            .Where(set => trained.Last || _options.EvalSteps > 0 || trained.Epoch % set.Frequency == 0))
        {
            try
            {
                values.AddRange(benchmark.Run(set.Task, Options(set), cancel: cancel).Metrics.Select(metric =>
                    new EvaluatedValue($"{set.Prefix}/{metric.Name}", metric.Value, metric.Unit.LowerIsBetter())));
            }
            catch (ClipException e)
            {
                trained.Warn(_told.Add((set, e.Message)) ? $"{set.Task.Name} on {set.Data}: {e.Message}"
                    : $"{set.Task.Name} on {set.Data}, as before");
            }
        }

        return values;
    }

    private static BenchmarkOptions Options(EvaluatedSet set) => new()
    {
        Data = set.Data,
        DataOptions = set.Reading,
        ClassesPresent = true,
        Intervals = false,
    };
}
