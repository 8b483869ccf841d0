using System.Globalization;
using ClipSharp.Files;

namespace ClipSharp.Training.Runs;

/// <summary>How a run ended.</summary>
/// <param name="Checkpoint">The last checkpoint, a complete model folder.</param>
/// <param name="Steps">Updates done.</param>
/// <param name="Completed">False when it was stopped early; <c>--resume latest</c> goes on.</param>
/// <param name="Training">Time spent in training, evaluations not counted.</param>
public sealed record TrainingEnd(string Checkpoint, long Steps, bool Completed, TimeSpan Training);

/// <summary>A whole run: data, tokenizer, model, steps, evaluations, checkpoints.</summary>
/// <param name="options">Everything that decides it.</param>
/// <param name="sink">Gets every event.</param>
/// <param name="evaluate">Called after each epoch; returns names and values, or none.</param>
/// <param name="time">The clock.</param>
public sealed class TrainingRun(
    TrainOptions options, Action<TrainingEvent> sink, Func<TrainedModel, IReadOnlyList<KeyValuePair<string, double>>> evaluate, TimeProvider time)
{
    private const int MostNonFinite = 20;

    /// <summary>Trains to the end, to the time limit, or until cancelled; saves in each case.</summary>
    public TrainingEnd Run(CancellationToken cancel)
    {
        options.Validated("options");
        using var folder = RunFolder.Open(Path.Combine(options.Logs, options.Name ?? DefaultName()), options, time);
        AtomicFolder.RemoveUnfinished(folder.Checkpoints); // what a killed process left
        var resume = Resume(folder);
        using var setup = TrainingSetup.Create(options, resume, Tell, cancel);
        var (step, before) = (0L, TimeSpan.Zero);
        if (resume is not null)
        {
            var state = setup.Restore(resume);
            (step, before) = (state.Step, TimeSpan.FromSeconds(state.Seconds));
            Tell(new TrainingNote(FormattableString.Invariant($"Resumed at step {step:N0} from {resume}")));
        }

        return Train(setup, folder, step, new ProgressMeter(setup, step, before), Tell, cancel);

        void Tell(TrainingEvent happened)
        {
            folder.Log(happened.ToString()!);
            sink(happened);
        }
    }

    private TrainingEnd Train(
        TrainingSetup setup, RunFolder folder, long step, ProgressMeter meter, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        var saver = new CheckpointSaver(setup, folder, tell);
        var evaluation = new EpochEvaluation(setup, folder, evaluate, tell);
        using var loader = setup.Load(step);
        var (nonFinite, stopped) = (0, false);
        while (step < setup.Steps && !stopped)
        {
            meter.Begin();
            var batch = loader.Next(CancellationToken.None);
            var done = setup.Trainer.Step(step++, batch);
            meter.End(batch.Waited);

            nonFinite = done.Skipped ? nonFinite + 1 : 0;
            if (done.Skipped)
            {
                Refuse(done, nonFinite, tell);
            }

            var atEpoch = step % setup.StepsPerEpoch == 0;
            stopped = step < setup.Steps && (cancel.IsCancellationRequested || meter.Spent.TotalMinutes >= options.MaxMinutes);
            if (step % options.LogEveryNSteps == 0 || atEpoch || stopped)
            {
                Measure(folder, step, meter.Report(step, done));
            }

            if (atEpoch)
            {
                if (step / setup.StepsPerEpoch % options.SaveFrequency == 0 && step < setup.Steps)
                {
                    saver.Save(step, meter.Spent);
                }

                evaluation.Run(step);
                meter.LeaveOut();
            }
        }

        var saved = saver.Save(step, meter.Spent);
        if (loader.Skips.Total > 0)
        {
            tell(new TrainingWarning($"Pictures that could not be read: {loader.Skips}"));
        }

        return new TrainingEnd(saved, step, step == setup.Steps, meter.Spent);
    }

    private static void Refuse(StepDone done, int inARow, Action<TrainingEvent> tell)
    {
        tell(new TrainingWarning(FormattableString.Invariant($"Step {done.Step}: loss {done.Loss}, gradient norm {done.GradientNorm}: update skipped")));
        if (inARow == MostNonFinite)
        {
            throw new ClipException(ClipError.Data, "Training broke", FormattableString.Invariant($"step {done.Step}"),
                $"{inARow} steps in a row without a finite loss", "finite losses", "Lower --lr or set --grad-clip-norm 1; the last checkpoint is whole.");
        }
    }

    private void Measure(RunFolder folder, long step, TrainingProgress progress)
    {
        sink(progress);
        var done = progress.Result;
        folder.Measure(step, "train",
        [
            new("epoch", progress.Epoch), new("loss", done.Loss), new("lr", done.Rate), new("logit_scale", done.LogitScale),
            new("gradient_norm", done.GradientNorm), new("samples_per_second", progress.SamplesPerSecond), new("data_share", progress.DataShare),
        ]);
    }

    private string DefaultName() => string.Create(CultureInfo.InvariantCulture,
        $"{time.GetLocalNow():yyyy_MM_dd-HH_mm_ss}-model_{Path.GetFileNameWithoutExtension(options.Model)}-lr_{options.Lr}-b_{options.BatchSize}-j_{options.Workers}-p_{options.Precision}");

    private string? Resume(RunFolder folder) => options.Resume switch
    {
        null => Directory.Exists(folder.Checkpoints) && Checkpoint.Latest(folder.Checkpoints) is { } old
            ? throw new ClipException(ClipError.CannotCreate, "The run exists", folder.Root, $"the checkpoint {Path.GetFileName(old)}", "a new run",
                "Choose another --name, or go on with --resume latest.")
            : null,
        "latest" => Checkpoint.Latest(folder.Checkpoints),
        var named => named,
    };
}
