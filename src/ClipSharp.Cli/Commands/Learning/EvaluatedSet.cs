using ClipSharp.Data;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Training;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>A data set that a run evaluates by a task.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Data">As it was named.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Frequency">Epochs between evaluations, 1 or more.</param>
/// <param name="Reading">How it is read.</param>
internal sealed record EvaluatedSet(IEvaluationTask Task, string Data, BenchmarkFolder Folder, int Frequency, DataOptions Reading)
{
    /// <summary>Before the names of its values: the split's name, and the data set's where a task has splits of the same
    /// name.</summary>
    public string Prefix { get; private init; } = Folder.Split;

    /// <summary>All that a run evaluates: retrieval on <c>--val-data</c>, zero-shot on <c>--zeroshot-data</c>, and what
    /// <c>--eval-task</c> says on <c>--eval-data</c>. What has a frequency of 0 is left out.</summary>
    /// <exception cref="ClipException">Some data are not there, or a task is unknown.</exception>
    public static IReadOnlyList<EvaluatedSet> Of(TrainOptions options)
    {
        // Labelled pictures are a benchmark's, whatever kind the pairs are of.
        var own = options.DataOptions();
        var benchmark = new DataOptions
        {
            ShardCache = own.ShardCache,
            ShardCacheBytes = own.ShardCacheBytes,
            AllowsCommands = own.AllowsCommands,
        };
        string[] tasks = [.. options.EvalTask is { Count: > 0 } named ? named : ["auto"]];
        EvaluatedSet[] sets =
        [
            .. Sets(options.ValData, [EvaluationTasks.Retrieval], options.ValFrequency, own),
            .. Sets(options.ZeroshotData, [EvaluationTasks.ZeroShot], options.ZeroshotFrequency, benchmark),
            .. Sets(options.EvalData, tasks, options.EvalFrequency, benchmark),
        ];
        return
        [
            .. sets.DistinctBy(set => (set.Task, set.Folder.Data)).GroupBy(set => (set.Task, set.Folder.Split))
                .SelectMany(alike => alike.Count() == 1 ? alike
                    : alike.Select(set => set with { Prefix = $"{set.Folder.Dataset}/{set.Folder.Split}" })),
        ];
    }

    private static IEnumerable<EvaluatedSet> Sets(string? data, string[] tasks, int frequency, DataOptions reading)
    {
        foreach (var part in frequency > 0 ? data?.Split("::") ?? [] : [])
        {
            var folder = BenchmarkFolder.Find(part, options: reading);
            var found = tasks.Select(task => EvaluationTasks.Find(task == "auto" ? folder.Task : task, "--eval-task")).ToList();
            if (found.Any(task => task.Name != EvaluationTasks.Selection))
            {
                SampleSources.Open(folder.Data, reading);
            }

            foreach (var task in found)
            {
                yield return new EvaluatedSet(task, part, folder, frequency, reading);
            }
        }
    }
}
