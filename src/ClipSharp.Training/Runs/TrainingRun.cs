using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Torch;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs.Checkpoints;
using ClipSharp.Training.Runs.Evaluations;

namespace ClipSharp.Training.Runs;

/// <summary>How a run ended.</summary>
/// <param name="Checkpoint">The last checkpoint, a complete model folder; null when it was stopped before it had one.</param>
/// <param name="Steps">Updates done.</param>
/// <param name="Completed">False when it was stopped early; <c>--resume latest</c> goes on.</param>
/// <param name="Training">Time spent in training, evaluations not counted.</param>
/// <param name="Best">The best checkpoint so far, where <see cref="TrainOptions.BestMetric"/> is named.</param>
public sealed record TrainingEnd(string? Checkpoint, long Steps, bool Completed, TimeSpan Training, BestCheckpoint? Best = null);

/// <summary>A whole run: data, tokenizer, model, steps, evaluations, checkpoints.</summary>
/// <param name="options">Everything that decides it.</param>
/// <param name="sink">Gets every event, on the thread of <see cref="Run(CancellationToken)"/>; null = nobody.</param>
/// <param name="evaluate">Called after each epoch, or as <see cref="TrainOptions.EvalSteps"/> says; null = no
/// evaluation.</param>
/// <param name="time">The clock; null = the system's.</param>
/// <param name="loss">A loss of one's own; null = the one of the options. A resume takes what it is given: checkpoints do not say
/// which it was.</param>
/// <param name="ranks">The processes that train together; null = this one alone. The first one's options count; it alone writes,
/// evaluates and calls <paramref name="sink"/>. What is thrown at one of them leaves the others waiting: whoever starts the run
/// ends them then, by <see cref="ICollective.Abort"/>.</param>
public sealed class TrainingRun(
    TrainOptions options, Action<TrainingEvent>? sink = null, ModelEvaluation? evaluate = null, TimeProvider? time = null,
    IPairLoss? loss = null, ICollective? ranks = null)
{
    // What is not a step may take longer: indexing, evaluations.
    private const int OtherWork = 12;

    private const long StepsBetweenComparisons = 1000;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ICollective _ranks = ranks ?? new SingleProcess();

    /// <summary>Trains to the end, to the time limit, or until cancelled; saves in each case.</summary>
    /// <exception cref="ClipException">The options or the data are unfit; or the disk of the pictures fails (InputOutput): the
    /// run is saved before.</exception>
    public TrainingEnd Run(CancellationToken cancel)
    {
        RunChecks.Require(options, processes: _ranks.WorldSize);
        _ranks.Patience = TimeSpan.FromMinutes(options.WatchdogMinutes * OtherWork);
        options = OfRank(Told(options with { Name = options.Name ?? DefaultName() }));
        var path = Path.Combine(options.Logs, options.Name!);
        using var folder = _ranks.Rank == 0 ? RunFolder.Open(path, _time) : RunFolder.Of(path);
        try
        {
            var end = Run(folder, cancel);
            _ranks.Barrier();
            folder.Complete(end);
            return end;
        }
        catch (ClipException) when (!folder.HasBegun)
        {
            folder.Discard();
            throw;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Before the first step: what there was is as it was.
            return new TrainingEnd(Checkpoint.Latest(folder.Checkpoints), 0, Completed: false, TimeSpan.Zero);
        }
    }

    private TrainingEnd Run(RunFolder folder, CancellationToken cancel)
    {
        var resume = Resume(folder, Tell, cancel);
        var decisions = RunDecisions.Of(options, resume, Tell, _ranks);
        // Nothing is "auto" from here on but the order of data, and nothing decided otherwise on another machine.
        options = OfRank(Told(decisions.Options));
        foreach (var line in decisions.Plan.Summary())
        {
            Tell(new TrainingNote(line));
        }

        if (_ranks.WorldSize > 1)
        {
            Tell(new TrainingNote(FormattableString.Invariant(
                $"Processes: {_ranks.WorldSize}, {_ranks.LocalSize} on this machine, {options.BatchSize / _ranks.WorldSize} pairs of each batch for each, {_ranks.Transport}")));
        }

        if (resume is not null && folder.IsOurs)
        {
            ResumeFinder.RefuseChanges("options", OptionChanges.Between(decisions.Before!, options), resume.Path,
                options.AllowChange, Tell);
        }

        using var setup = TrainingSetup.Create(options, resume?.Path, Tell, cancel, loss, decisions.PrecisionReason,
            _ranks);
        options = setup.Options;
        if (resume is not null)
        {
            if (folder.IsOurs)
            {
                ResumeFinder.RefuseChanges("data", setup.Changes(resume), resume.Path, options.AllowChange, Tell);
            }

            setup.Restore(resume);
            Tell(new TrainingNote(FormattableString.Invariant($"Resumed at step {resume.State.Step:N0} from {resume.Path}")));
        }

        setup.ShareWeights();
        if (_ranks.Any(cancel.IsCancellationRequested)[0])
        {
            throw new OperationCanceledException(cancel);
        }

        folder.Begin(options, resume?.State.Step);
        return Train(setup, folder, resume, Tell, cancel);

        void Tell(TrainingEvent happened)
        {
            if (!folder.IsOurs)
            {
                return; // what all processes do, the first one tells
            }

            if (happened is not TrainingPreparation)
            {
                folder.Log(happened.ToString());
            }

            sink?.Invoke(happened);
        }
    }

    private TrainingEnd Train(
        TrainingSetup setup, RunFolder folder, ResumePoint? resume, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        var step = resume?.State.Step ?? 0;
        var meter = new ProgressMeter(setup, step, TimeSpan.FromSeconds(resume?.State.Seconds ?? 0));
        var guard = new NonFiniteGuard(setup.Model, resume?.State.Skipped ?? 0, tell);
        var watch = new RunWatch(options, setup.Trainer.Loss.OfGuessing(options.BatchSize), setup.Warmup, tell);
        using var saver = new CheckpointSaver(setup, folder, resume, tell, _time);
        Keep(setup.Data.Skips);
        var best = new BestKeeper(setup, folder.Checkpoints, saver.KeepBest, State, tell);
        var evaluation = new ScheduledEvaluation(setup, folder, evaluate ?? ((_, _) => []), best, tell);
        var unread = new ConcurrentQueue<Skip>();
        var skips = new RankSkips(_ranks, setup.Data, options.SkipLimit);
        using var loader = setup.Load(step, setup.Steps, skips, unread.Enqueue);
        if (loader.Note is { } note)
        {
            tell(new TrainingWarning(note));
        }

        var begun = step;
        ClipException? failed = null;
        var stopped = step > 0 && evaluation.IsDue(step)
            && _ranks.Any(folder.IsOurs && !folder.HasEvaluation(step))[0] && !Evaluate();
        while (step < setup.Steps && !stopped)
        {
            meter.Begin();
            // The first batch may wait for shards that are fetched, the later ones find theirs.
            _ranks.Patience = TimeSpan.FromMinutes(options.WatchdogMinutes * (step == begun ? OtherWork : 1));
            var next = Next(loader, out failed, cancel);
            // Whoever cannot go on stops all before the step, or they would wait for it.
            var stops = skips.Agree(next is null);
            failed ??= skips.TooMany((step - begun + 1) * options.BatchSize); // what was learnt is saved
            if (stops || failed is not null || next is not { } batch
                || Step(setup.Trainer, step, batch, cancel) is not { } done)
            {
                break;
            }

            while (unread.TryDequeue(out var skip))
            {
                tell(new TrainingWarning($"Another picture stands in for one that could not be read: {skip}"));
            }

            step++;
            var took = meter.End(batch.Waited);
            guard.After(done);
            watch.After(done, batch.Tokens, batch.Waited, took);
            loader.Return(batch);
            saver.Poll();

            var atEpoch = step % setup.StepsPerEpoch == 0;
            var wantsToStop = step < setup.Steps
                && (cancel.IsCancellationRequested || meter.SpentHere.TotalMinutes >= options.MaxMinutes);
            if (step % StepsBetweenComparisons == 0)
            {
                setup.RequireSameWeights();
            }

            if (step % options.LogEveryNSteps == 0 || atEpoch || wantsToStop)
            {
                Measure(folder, step, meter.Report(step, done), tell);
            }

            // All stop at the same step, and all know when a checkpoint is made.
            var votes = _ranks.Any(wantsToStop, saver.IsDue(step));
            stopped = votes[0];

            if (!stopped && (votes[1] || step == setup.Steps))
            {
                saver.Begin(State());
            }

            stopped |= evaluation.IsDue(step) && !Evaluate();
        }

        _ranks.Patience = TimeSpan.FromMinutes(options.WatchdogMinutes * OtherWork);
        var saved = saver.SaveNow(State());
        skips.Agree();
        Keep(skips.All);
        if (skips.All.Total > 0)
        {
            tell(new TrainingWarning($"Pictures that could not be read: {skips.All}"));
        }

        if (folder.Lost > 0)
        {
            tell(new TrainingWarning($"{folder.Lost} lines of logs and curves could not be written."));
        }

        failed = _ranks.FirstRefusal(failed);
        if (failed is null && best.Summary is { } summary)
        {
            tell(new TrainingNote(summary));
        }

        return failed is null
            ? new TrainingEnd(saved, step, step == setup.Steps && !stopped, meter.Spent, best.Best)
            : throw failed;

        // The first process evaluates; whether the run may go on, all hear from it.
        bool Evaluate()
        {
            meter.Pause();
            _ranks.Patience = TimeSpan.FromMinutes(options.WatchdogMinutes * OtherWork);
            var goesOn = true;
            if (folder.IsOurs)
            {
                try
                {
                    goesOn = evaluation.Run(step, cancel);
                }
                catch (ClipException e)
                {
                    (failed, goesOn) = (e, false);
                }

                saver.EndOffering();
            }
            else
            {
                saver.OfferShares();
            }

            meter.GoOn();
            return !_ranks.Any(!goesOn)[0];
        }

        // A ledger that cannot be written ends no run: the counts were told.
        void Keep(SkipReport lost)
        {
            if (!folder.IsOurs)
            {
                return;
            }

            try
            {
                LeftOutFile.Add(folder.Root, goesOn: true, lost);
            }
            catch (ClipException e)
            {
                tell(new TrainingWarning(e.Message));
            }
        }

        TrainingState State() => new()
        {
            Format = 2,
            Step = step,
            Data = setup.Data.Fingerprint,
            Tokenizer = setup.Tokenizer.Fingerprint,
            Seconds = meter.Spent.TotalSeconds,
            LossScale = setup.Trainer.LossScale.Value,
            Skipped = guard.Skipped,
            Options = options,
        };
    }

    // Null when the run is asked to stop while it waits for data, or when a disk or the data fails.
    private static TrainingBatch? Next(BatchLoader loader, out ClipException? failed, CancellationToken cancel)
    {
        failed = null;
        try
        {
            return loader.Next(cancel);
        }
        catch (ClipException e) when (e.Kind == ClipError.InputOutput)
        {
            failed = new ClipException(ClipError.InputOutput, "Training stopped, as a picture could not be read", e.Where,
                e.InnerException!.Message, "bytes within four tries and two seconds",
                "The run is saved; go on with --resume latest, and with --skip-read-errors to let other pictures stand in.", e);
            return null;
        }
        catch (ClipException e) when (e.Kind == ClipError.Data)
        {
            failed = e; // not one picture can be decoded: what was learnt is saved
            return null;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    // Null when the run is asked to stop within a step of many micro-batches: a resume does it again.
    private StepDone? Step(Trainer trainer, long step, TrainingBatch batch, CancellationToken cancel)
    {
        try
        {
            return trainer.Step(step, batch, _ranks.WorldSize == 1 ? cancel : CancellationToken.None);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static void Measure(RunFolder folder, long step, TrainingProgress progress, Action<TrainingEvent> tell)
    {
        tell(progress);
        var done = progress.Result;
        folder.Measure(step, "train",
        [
            new("epoch", progress.Epoch), new("loss", done.Loss), new("lr", done.Rate), new("logit_scale", done.LogitScale),
            new("gradient_norm", done.GradientNorm), new("samples_per_second", progress.SamplesPerSecond),
            new("data_share", progress.DataShare),
        ]);
    }

    private string DefaultName() => string.Create(CultureInfo.InvariantCulture,
        $"{_time.GetLocalNow():yyyy_MM_dd-HH_mm_ss}-model_{Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(options.ModelSource))}-lr_{options.Lr}-b_{options.BatchSize}-j_{options.Workers}-p_{Precision.NameOf(options.Precision)}");

    // The first process' options, at every process.
    private TrainOptions Told(TrainOptions mine) => _ranks.WorldSize == 1 ? mine
        : TrainOptions.FromJson(JsonNode.Parse(_ranks.Told(mine.ToJson()))!.AsObject(), "options");

    // Each process has a device of its own.
    private TrainOptions OfRank(TrainOptions options) => _ranks.WorldSize == 1
        ? options
        : options with { Device = RankLaunch.DeviceOf(options.Device, _ranks.LocalRank) };

    // As the first process finds it.
    private ResumePoint? Resume(RunFolder folder, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        if (!folder.IsOurs)
        {
            var path = _ranks.Told("");
            return path.Length == 0 ? null : new ResumePoint(path, Checkpoint.ReadState(path));
        }

        Checkpoint.TidyUp(folder.Checkpoints);
        var point = ResumeFinder.Find(options, folder, tell, cancel);
        _ranks.Told(point?.Path ?? "");
        return point;
    }
}
