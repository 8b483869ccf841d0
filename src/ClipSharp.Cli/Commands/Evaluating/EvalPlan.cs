using ClipSharp.Data.Sources;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Registry;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Files;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>One thing to measure: a model on a data set by a task.</summary>
/// <param name="ModelPath">The model.</param>
/// <param name="Options">On what and how.</param>
/// <param name="Output">Where the result is written, or null.</param>
internal sealed record EvalRun(string ModelPath, BenchmarkOptions Options, string? Output);

/// <summary>All that a command line asks for, models outermost, so that each is loaded once. What is not there, and results that
/// would overwrite each other, are told before any work.</summary>
/// <param name="Runs">What is to be done.</param>
/// <param name="Existing">How many results were there and are left out.</param>
internal sealed record EvalPlan(IReadOnlyList<EvalRun> Runs, int Existing)
{
    /// <summary>Makes the plan.</summary>
    /// <param name="models">Models, one or more.</param>
    /// <param name="datasets">Names, folders or shards.</param>
    /// <param name="root">Where named data sets lie, or null.</param>
    /// <param name="tasks">Names, or "auto".</param>
    /// <param name="options">How each is measured.</param>
    /// <param name="pattern">The output's, or null.</param>
    /// <param name="skipsExisting">Whether results that are there are left out.</param>
    public static EvalPlan Make(IReadOnlyList<string> models, IReadOnlyList<string> datasets, string? root,
        IReadOnlyList<string> tasks, BenchmarkOptions options, string? pattern, bool skipsExisting)
    {
        var runs = new List<EvalRun>();
        foreach (var dataset in datasets.SelectMany(named => Path.Exists(named) ? [named]
            : BenchmarkSets.TryCollection(named)?.Select(set => set.Name) ?? [named]))
        {
            var folder = BenchmarkFolder.Find(dataset, options.Split, root, options.DataOptions);
            string[] wanted = [.. tasks.Select(name => name == "auto" ? folder.Task : EvaluationTasks.Find(name).Name)];
            if (wanted.Any(name => name != EvaluationTasks.Selection))
            {
                SampleSources.Open(folder.Data, options.DataOptions); // what is not there is told before a model loads
            }

            runs.AddRange(from task in wanted
                          from model in models
                          select new EvalRun(Path.TrimEndingDirectorySeparator(model),
                              (options with { Data = dataset, DatasetRoot = root, Task = task }).Validated(),
                              pattern is null ? null : Filled(pattern, folder, model, task)));
        }

        runs = [.. models.SelectMany(model => runs.Where(run => run.ModelPath == Path.TrimEndingDirectorySeparator(model)))
            .Distinct()];
        RequireDistinct(runs, pattern);
        var left = runs.Where(run => !(skipsExisting && File.Exists(run.Output))).ToList();
        foreach (var run in left)
        {
            if (run.Output is { } path)
            {
                AtomicFile.RequireWritable(path);
            }
        }

        return new EvalPlan(left, runs.Count - left.Count);
    }

    // CLIP_benchmark's placeholders; a slash in a name would be a folder.
    private static string Filled(string pattern, BenchmarkFolder folder, string model, string task)
    {
        var named = ModelPlace.NameOf(Path.TrimEndingDirectorySeparator(model));
        return pattern
            .Replace("{dataset}", Clean(folder.Dataset), StringComparison.Ordinal)
            .Replace("{split}", Clean(folder.Split), StringComparison.Ordinal)
            .Replace("{model}", Clean(named), StringComparison.Ordinal)
            .Replace("{pretrained}", Clean(Path.GetFileName(Path.TrimEndingDirectorySeparator(model))), StringComparison.Ordinal)
            .Replace("{task}", Clean(task), StringComparison.Ordinal)
            .Replace("{language}", "en", StringComparison.Ordinal);

        static string Clean(string name) =>
            string.Concat(name.Select(c => Path.GetInvalidFileNameChars().Contains(c) || c is '/' or '\\' or ':' ? '-'
                : c is ' ' or ',' ? '_' : c)).Replace("__", "_", StringComparison.Ordinal);
    }

    private static void RequireDistinct(List<EvalRun> runs, string? pattern)
    {
        if (runs.Where(run => run.Output is not null).GroupBy(run => Path.GetFullPath(run.Output!))
            .FirstOrDefault(same => same.Count() > 1) is { } clash)
        {
            throw new ClipException(ClipError.Usage, "Results would overwrite each other", "--output", pattern!,
                $"another name for each of {runs.Count} results; {clash.Count()} are {clash.Key}",
                "Put {dataset}, {split}, {model} or {task} into it.");
        }
    }
}
