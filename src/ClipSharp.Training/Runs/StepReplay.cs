using ClipSharp.Data.Batches;
using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Runs.Checkpoints;
using static TorchSharp.torch;

namespace ClipSharp.Training.Runs;

/// <summary>A pair of a replayed batch.</summary>
/// <param name="Row">Its row in the batch, from 0.</param>
/// <param name="File">The shard, table or picture.</param>
/// <param name="Key">The sample's key.</param>
/// <param name="Caption">The text as the model saw it: cleaned, and cut where it is too long.</param>
internal sealed record ReplayedPair(int Row, string File, string Key, string Caption);

/// <summary>A parameter's gradient in a replayed step, before clipping.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Largest">The largest absolute value; NaN or infinity where one is not finite.</param>
/// <param name="Norm">The Euclidean norm.</param>
internal sealed record ReplayedGradient(string Name, double Largest, double Norm);

/// <summary>What a step did when it was done again.</summary>
/// <param name="Number">The step as logs count, from 1.</param>
/// <param name="From">The checkpoint it was replayed from, or null for the run's beginning.</param>
/// <param name="Done">Loss, norm, rate, and whether the update was left out.</param>
/// <param name="FirstBad">The first tensor that is not finite, or null.</param>
/// <param name="Pairs">The batch.</param>
/// <param name="Gradients">Of all parameters, those that are not finite first, then the largest.</param>
internal sealed record ReplayReport(
    long Number, string? From, StepDone Done, string? FirstBad, IReadOnlyList<ReplayedPair> Pairs,
    IReadOnlyList<ReplayedGradient> Gradients);

/// <summary>Does a step of a run again, bit for bit, from the newest whole checkpoint before it. Writes nothing.</summary>
internal static class StepReplay
{
    /// <summary>Replays up to a step and looks at it.</summary>
    /// <param name="options">The run's; its name too.</param>
    /// <param name="number">The step as logs and <c>metrics.jsonl</c> count, from 1.</param>
    /// <param name="tell">Gets remarks, and each step on the way.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">There is no such run or step, or its options or data changed.</exception>
    public static ReplayReport Run(TrainOptions options, long number, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tell);
        RunChecks.Require(options);
        var from = From(options, number, tell, cancel);
        var decisions = RunDecisions.Of(options, from, tell);
        options = decisions.Options;
        using var setup = TrainingSetup.Create(options, from?.Path, tell, cancel, precisionReason: decisions.PrecisionReason);
        if (number < 1 || number > setup.Steps)
        {
            throw new ClipException(ClipError.Usage, "There is no such step", "--replay",
                FormattableString.Invariant($"{number}"),
                FormattableString.Invariant($"1 to {setup.Steps}"), "Steps are counted as in metrics.jsonl.");
        }

        if (from is not null)
        {
            var changes = OptionChanges.Between(decisions.Before!, options).Concat(setup.Changes(from)).ToList();
            if (changes.Count > 0)
            {
                throw new ClipException(ClipError.Config, "The run was another one", from.Path, string.Join("; ", changes),
                    "its own options and data",
                    "Give --recipe with the run's config.json.");
            }

            setup.Restore(from);
        }

        return Replay(setup, from, number, tell, cancel);
    }

    private static ReplayReport Replay(TrainingSetup setup, ResumePoint? from, long number, Action<TrainingEvent> tell,
        CancellationToken cancel)
    {
        var step = from?.State.Step ?? 0;
        using var loader = setup.Load(step);
        while (true)
        {
            var batch = loader.Next(cancel);
            var scale = setup.Trainer.LossScale.Value;
            var done = setup.Trainer.Step(step, batch, cancel);
            if (++step < number)
            {
                tell(new TrainingNote(FormattableString.Invariant($"Step {step}: loss {done.Loss:0.0000}")));
                loader.Return(batch);
                continue;
            }

            var clipped = setup.Options.GradClipNorm is { } most && done.GradientNorm > most ? most / done.GradientNorm : 1;
            return new ReplayReport(number, from?.Path, done, done.Skipped ? NonFiniteGuard.FirstBad(setup.Model) : null,
                [.. batch.SampleIds.Select((sample, row) => Pair(setup, batch, sample, row))],
                Gradients(setup, done.Skipped ? scale : clipped, scale));
        }
    }

    private static ResumePoint? From(TrainOptions options, long number, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        var run = Path.Combine(options.Logs,
            options.Name ?? throw new ClipException(ClipError.Usage, "A step is of a run", "--replay", "no --name",
            "the run's name", "Add --name, and --logs where the run is not in logs/."));
        if (!Directory.Exists(run))
        {
            throw new ClipException(ClipError.NoInput, "The run does not exist", run, "no folder", "a run's folder",
                "Check --logs and --name.");
        }

        foreach (var (path, _) in Checkpoint.List(Path.Combine(run, "checkpoints")).Where(found => found.Step < number))
        {
            if (Checkpoint.Fault(path, cancel) is not { } fault)
            {
                return new ResumePoint(path, Checkpoint.ReadState(path));
            }

            tell(new TrainingWarning($"The checkpoint {path} is damaged ({fault}); the one before it is taken."));
        }

        return null;
    }

    private static ReplayedPair Pair(TrainingSetup setup, TrainingBatch batch, long sample, int row) => new(
        row, setup.Data.Place(sample).File, KeyOf(setup, sample),
        setup.Tokenizer.Decode(batch.Tokens.Row(row)[1..batch.Tokens.EndPositions[row]].ToArray()));

    private static string KeyOf(TrainingSetup setup, long sample)
    {
        using var reader = setup.Data.OpenReader();
        return reader.TryReadTexts(sample, out var texts, out _) ? texts.Key : "";
    }

    // The loss scale is still in those of float32 where the update was left out, the clipping where it was not; in those of 16
    // bits the loss scale is always, and clipping never.
    private static List<ReplayedGradient> Gradients(TrainingSetup setup, double ofFloat32, double ofHalf)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return [.. setup.Model.NamedParameters().Where(p => p.Parameter.grad is not null)
            .Select(p => (p.Name, Gradient: p.Parameter.grad!.to(float32),
                Factor: p.Parameter.dtype == ScalarType.Float32 ? ofFloat32 : ofHalf))
            .Select(p => new ReplayedGradient(p.Name, p.Gradient.abs().max().Number() / p.Factor,
                p.Gradient.norm().Number() / p.Factor))
            .OrderBy(g => double.IsFinite(g.Largest)).ThenByDescending(g => g.Largest)];
    }
}
