using ClipSharp.Evaluation;
using ClipSharp.Training;
using ClipSharp.Training.Runs;

namespace ClipSharp.Cli.Commands;

/// <summary>The evaluations of a run: retrieval on <c>--val-data</c>, zero-shot on <c>--zeroshot-data</c>, each at its own pace and after
/// the last epoch. Values carry the split's name.</summary>
internal sealed class TrainingEvaluation(TrainOptions options)
{
    /// <summary>What is due after an epoch.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Run(TrainedModel trained, CancellationToken cancel)
    {
        var values = new List<KeyValuePair<string, double>>();
        Add(options.ValData, options.ValFrequency, BenchmarkTask.Retrieval);
        Add(options.ZeroshotData, options.ZeroshotFrequency, BenchmarkTask.ZeroShot);
        return values;

        void Add(string? data, int frequency, BenchmarkTask task)
        {
            if (data is null || frequency <= 0 || !(trained.Last || trained.Epoch % frequency == 0))
            {
                return;
            }

            var clip = new Clip(trained.Encoder, trained.Tokenizer, trained.Config, trained.Preprocess, () => throw new InvalidOperationException("A model in training has no fingerprint.")) { BatchSize = 256 };
            foreach (var part in data.Split("::"))
            {
                var report = new Benchmark(clip, options.Model, "training").Run(new BenchmarkOptions
                {
                    Data = part,
                    Task = task,
                    ClassesPresent = true,
                }, cancel: cancel);
                values.AddRange(report.Metrics.Select(m => new KeyValuePair<string, double>($"{report.Split}/{m.Name}", m.Value)));
            }
        }
    }
}
