using ClipSharp.Data;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Training;
using ClipSharp.Training.Runs;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>The evaluations of a run: retrieval on <c>--val-data</c>, zero-shot on <c>--zeroshot-data</c>, each at its own pace
/// and after the last epoch. Values carry the split's name, and the data set's where splits of two sets are named
/// alike.</summary>
internal sealed class TrainingEvaluation(TrainOptions options)
{
    private const int MostRows = 256;

    // Labelled pictures are a benchmark's, whatever kind the pairs are of.
    private readonly (string Task, int Frequency, string[] Data, DataOptions Reading)[] _sets =
    [
        (EvaluationTasks.Retrieval, options.ValFrequency, options.ValData?.Split("::") ?? [], options.DataOptions()),
        (EvaluationTasks.ZeroShot, options.ZeroshotFrequency, options.ZeroshotData?.Split("::") ?? [], new DataOptions()),
    ];

    /// <summary>Looks for the data, before hours of training end in not finding them.</summary>
    /// <exception cref="ClipException">Some are not there.</exception>
    public void RequireData()
    {
        foreach (var set in _sets)
        {
            foreach (var data in set.Data)
            {
                SampleSources.Open(BenchmarkFolder.Find(data).Data, set.Reading);
            }
        }
    }

    /// <summary>What is due after an epoch.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Run(TrainedModel trained, CancellationToken cancel)
    {
        var reports = new List<BenchmarkReport>();
        using var clip = new Clip(trained.Encoder, trained.Tokenizer, trained.Config, trained.Preprocess,
            () => throw new InvalidOperationException("A model in training has no fingerprint."))
        {
            BatchSize = options.MicroBatch is > 0 and { } rows ? Math.Min(MostRows, rows) : MostRows,
        };
        clip.Pictures = options.PictureOptions(clip.Preprocessor.JpegShortSide);
        foreach (var (task, _, data, reading) in _sets
            .Where(set => set.Frequency > 0 && (trained.Last || trained.Epoch % set.Frequency == 0)))
        {
            reports.AddRange(data.Select(part => new Benchmark(clip, options.Model, "training").Run(new BenchmarkOptions
            {
                Data = part,
                DataOptions = reading,
                Task = task,
                ClassesPresent = true,
                Intervals = false,
            }, cancel: cancel)));
        }

        var isAmbiguous = reports.GroupBy(report => (report.Task, report.Split)).Any(alike => alike.Count() > 1);
        return
        [
            .. from report in reports
               from metric in report.Metrics
               where double.IsFinite(metric.Value)
               select KeyValuePair.Create(isAmbiguous
                   ? $"{report.Dataset}/{report.Split}/{metric.Name}"
                   : $"{report.Split}/{metric.Name}", metric.Value),
        ];
    }
}
