using ClipSharp.Files;

namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>Saves a run's checkpoints on a thread of its own and removes old ones. One save is under way at a time: the next
/// waits for it. A save that fails costs a warning, not the run, and leaves the last good checkpoint.</summary>
/// <param name="setup">What is saved.</param>
/// <param name="folder">Where.</param>
/// <param name="resumed">Where the run went on from, or null.</param>
/// <param name="tell">Gets every checkpoint; called on the thread of training only.</param>
/// <param name="time">The clock.</param>
internal sealed class CheckpointSaver(
    TrainingSetup setup, RunFolder folder, ResumePoint? resumed, Action<TrainingEvent> tell, TimeProvider time) : IDisposable
{
    private readonly Snapshot _snapshot = new();
    private (string Path, long Step)? _good = resumed is null ? null : (resumed.Path, resumed.State.Step);
    private (Task<string?> Task, string Path, long Step)? _writing;
    private long _since = time.GetTimestamp();

    /// <summary>Whether the options ask for a checkpoint now.</summary>
    /// <param name="step">Updates done.</param>
    public bool IsDue(long step)
    {
        var options = setup.Options;
        return (step % setup.StepsPerEpoch == 0 && step / setup.StepsPerEpoch % options.SaveFrequency == 0)
            || (options.SaveEverySteps is { } steps && step % steps == 0)
            || (options.SaveEveryMinutes is { } minutes && time.GetElapsedTime(_since).TotalMinutes >= minutes);
    }

    /// <summary>Copies the state and begins to write it; training goes on.</summary>
    /// <param name="state">Where the run stands.</param>
    public void Begin(TrainingState state)
    {
        Finish();
        if (_good?.Step == state.Step)
        {
            return;
        }

        _snapshot.Take(setup);
        var path = PathOf(state.Step);
        _writing = (Task.Factory.StartNew(() => Write(path, state), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default),
            path, state.Step);
        _since = time.GetTimestamp();
    }

    /// <summary>Tells of a save that has ended meanwhile.</summary>
    public void Poll()
    {
        if (_writing is { Task.IsCompleted: true })
        {
            Finish();
        }
    }

    /// <summary>Saves and waits, unless the state is saved already.</summary>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="ClipException">It could not be saved.</exception>
    public string SaveNow(TrainingState state)
    {
        Finish();
        if (_good?.Step != state.Step)
        {
            _snapshot.Take(setup);
            var path = PathOf(state.Step);
            Saved(path, state.Step, Write(path, state));
        }

        return _good!.Value.Path;
    }

    /// <summary>Saves in the place of the best checkpoint, and waits.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="best">Why.</param>
    /// <exception cref="ClipException">It could not be saved.</exception>
    public void KeepBest(TrainingState state, BestCheckpoint best)
    {
        Finish();
        _snapshot.Take(setup);
        Checkpoint.WriteBest(folder.Checkpoints, setup, _snapshot, state, best);
    }

    /// <summary>Waits for the save under way.</summary>
    public void Dispose() => _writing?.Task.ContinueWith(_ => { }, TaskScheduler.Default).Wait();

    private void Finish()
    {
        if (_writing is not { } writing)
        {
            return;
        }

        _writing = null;
        try
        {
            Saved(writing.Path, writing.Step, writing.Task.GetAwaiter().GetResult());
        }
        catch (ClipException e)
        {
            tell(new TrainingWarning(FormattableString
                .Invariant($"Step {writing.Step} could not be saved, training goes on: {e.Message} ") +
                (_good is { } good ? $"The last good checkpoint is {good.Path}." : "There is no checkpoint yet.")));
        }
    }

    // Returns why old checkpoints stayed, or null: that makes the new one no worse.
    private string? Write(string path, TrainingState state)
    {
        if (Directory.Exists(path))
        {
            AtomicFolder.Remove(path); // damaged, as PathOf makes sure: else the run had gone on from it
        }

        Checkpoint.Write(path, setup, _snapshot, state);
        try
        {
            Checkpoint.RemoveOld(folder.Checkpoints, setup.Options.Keep);
            return null;
        }
        catch (Exception e) when (e is ClipException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private void Saved(string path, long step, string? whyOldOnesStayed)
    {
        _good = (path, step);
        tell(new CheckpointWritten(path, step));
        if (whyOldOnesStayed is not null)
        {
            tell(new TrainingWarning($"Older checkpoints could not be removed: {whyOldOnesStayed}"));
        }
    }

    // By the epoch, unless a good checkpoint of another step has that name: one of the time when an epoch had other steps.
    private string PathOf(long step)
    {
        var byStep = Path.Combine(folder.Checkpoints, FormattableString.Invariant($"step_{step}"));
        if (step % setup.StepsPerEpoch != 0)
        {
            return byStep;
        }

        var byEpoch = Path.Combine(folder.Checkpoints, FormattableString.Invariant($"epoch_{step / setup.StepsPerEpoch}"));
        return Directory.Exists(byEpoch) && Checkpoint.Fault(byEpoch, CancellationToken.None) is null
            && Checkpoint.ReadState(byEpoch).Step != step
            ? byStep
            : byEpoch;
    }
}
