using ClipSharp.Files;
using ClipSharp.Training.Ranks;

namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>Saves a run's checkpoints on a thread of its own and removes old ones. One save is under way at a time: the next
/// waits for it. A save that fails costs a warning, not the run, and leaves the last good checkpoint. Of processes that train
/// together the first saves; where each has a share of the state, the others hand theirs over.</summary>
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
        if (IsSaved(state.Step))
        {
            return;
        }

        _snapshot.Take(setup, isKept: folder.IsOurs);
        if (!folder.IsOurs)
        {
            return;
        }

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
        if (!IsSaved(state.Step))
        {
            _snapshot.Take(setup, isKept: folder.IsOurs);
            if (folder.IsOurs)
            {
                var path = PathOf(state.Step);
                Saved(path, state.Step, Write(path, state));
            }
        }

        return setup.Ranks.Told(_good?.Path ?? "");
    }

    /// <summary>What the other processes do while the first evaluates: they hand over their shares of the state where it keeps a
    /// model as the best. Until <see cref="EndOffering"/> there.</summary>
    public void OfferShares()
    {
        while (setup.Ranks.Any(false)[0])
        {
            _snapshot.Take(setup, isKept: false);
        }
    }

    /// <summary>Nobody needs to wait for the evaluation of the first process any more.</summary>
    public void EndOffering() => setup.Ranks.Any(false);

    /// <summary>Saves in the place of the best checkpoint, and waits.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="best">Why.</param>
    /// <exception cref="ClipException">It could not be saved.</exception>
    public void KeepBest(TrainingState state, BestCheckpoint best)
    {
        Finish();
        setup.Ranks.Any(true); // see OfferShares
        _snapshot.Take(setup, isKept: true);
        Checkpoint.WriteBest(folder.Checkpoints, setup, _snapshot, state, best);
    }

    /// <summary>Waits for the save under way.</summary>
    public void Dispose() => _writing?.Task.ContinueWith(_ => { }, TaskScheduler.Default).Wait();

    // As the first process says: the others do not know whether a save failed.
    private bool IsSaved(long step) => setup.Ranks.Any(folder.IsOurs && _good?.Step == step)[0];

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
