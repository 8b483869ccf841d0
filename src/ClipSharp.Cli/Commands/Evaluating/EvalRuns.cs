using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Reports;
using ClipSharp.Models.Layouts;
using ClipSharp.Parts;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>Goes through a plan: each result is printed and written as soon as it is there. Of several, one that cannot be had
/// does not end the others; its fault is told, and it is counted at the end.</summary>
internal sealed class EvalRuns(EvalPlan plan, Output output, bool isJson, ClassifierCache cache, FeatureStore features)
{
    private readonly List<BenchmarkReport> _reports = [];
    private int _parts;

    /// <summary>A part of the pictures to encode, or the merge; null = all the work is done here.</summary>
    public PartChoice? Part { get; init; }

    /// <summary>From a model's path to the model.</summary>
    public required Func<string, Clip> Load { get; init; }

    /// <summary>Does all.</summary>
    /// <returns>0, or the code of the first fault.</returns>
    public int Run(CancellationToken cancel)
    {
        if (plan.Existing > 0)
        {
            output.Note($"left out, for their results are there: {plan.Existing}");
        }

        var faults = new List<ClipException>();
        foreach (var runs in plan.Runs.GroupBy(run => run.ModelPath))
        {
            try
            {
                using var clip = Load(runs.Key);
                foreach (var run in runs)
                {
                    Try(() => Run(clip, run, cancel), faults);
                }

                PictureFlags.NoteGreys(output, clip.Preprocessor);
            }
            catch (ClipException e) when (plan.Runs.Count > 1 && !faults.Contains(e))
            {
                Tell(e, faults); // the model
            }
        }

        NoteStores();
        if (!isJson && _reports.Count > 1)
        {
            EvalTables.PrintSummary(_reports, output);
            EvalTables.PrintComparisons(Comparisons(cancel), output);
        }

        if (faults.Count > 0)
        {
            output.Note($"of {plan.Runs.Count} results {_reports.Count + _parts} are there");
        }

        return faults.Count == 0 ? 0 : (int)faults[0].Kind;
    }

    private void Try(Action run, List<ClipException> faults)
    {
        try
        {
            run();
        }
        catch (ClipException e) when (plan.Runs.Count > 1)
        {
            Tell(e, faults);
        }
    }

    private void Tell(ClipException e, List<ClipException> faults)
    {
        faults.Add(e);
        output.Error(e.Message);
    }

    private void Run(Clip clip, EvalRun run, CancellationToken cancel)
    {
        var benchmark = new Benchmark(clip, ModelPlace.NameOf(run.ModelPath), run.ModelPath, cache, features)
        {
            MergesParts = Part is { IsMerge: true },
        };
        if (Part?.Part is { } part)
        {
            Encode(benchmark, part, run, cancel);
            return;
        }

        BenchmarkReport report;
        using (var progress = new StageProgress(output))
        {
            report = benchmark.Run(run.Options, progress, cancel);
        }

        foreach (var note in report.Notes ?? [])
        {
            output.Note(note);
        }

        if (isJson)
        {
            output.Line(report.ToJson(indented: false));
        }
        else
        {
            EvalTables.Print(report, output);
        }

        _reports.Add(report);
        // Last: where it cannot be written any more, it was shown.
        if (run.Output is { } path)
        {
            report.Write(path);
        }
    }

    private void Encode(Benchmark benchmark, WorkPart part, EvalRun run, CancellationToken cancel)
    {
        long encoded;
        using (var progress = new StageProgress(output))
        {
            encoded = benchmark.EncodePart(part, run.Options, progress, cancel);
        }

        _parts++;
        var told = FormattableString.Invariant($"{run.Options.Data}, {run.Options.Task}, {ModelPlace.NameOf(run.ModelPath)}: ")
            + FormattableString.Invariant($"{encoded:N0} images of part {part} are encoded");
        if (isJson)
        {
            output.Note(told);
        }
        else
        {
            output.Line(told);
        }
    }

    private IReadOnlyList<ModelComparison> Comparisons(CancellationToken cancel)
    {
        using var progress = output.Progress("Comparing", "models", null);
        return ModelComparison.Of(_reports, plan.Runs[0].Options.Seed, cancel);
    }

    private void NoteStores()
    {
        if (cache.NotKept is { } reason)
        {
            output.Note($"the classifier is not kept ({reason}); CLIPSHARP_CACHE names a writable folder");
        }

        SetFlags.NoteStore(features, output);
    }
}
