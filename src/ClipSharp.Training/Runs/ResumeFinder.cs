using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Runs;

/// <summary>Where a run goes on, and whether it may.</summary>
internal static class ResumeFinder
{
    /// <summary>Where a run goes on, or null where it begins.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="tell">Gets damaged checkpoints.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The run is there already, or there is no such checkpoint, or a newer one.</exception>
    public static ResumePoint? Find(TrainOptions options, RunFolder folder, Action<TrainingEvent> tell, CancellationToken cancel)
    {
        var newest = Checkpoint.Latest(folder.Checkpoints);
        switch (options.Resume)
        {
            case null:
                return newest is null ? null : throw new ClipException(ClipError.CannotCreate, "The run exists", folder.Root,
                    $"the checkpoint {Path.GetFileName(newest)}", "a new run",
                    "Choose another --name, or go on with --resume latest.");
            case "latest":
                if (Checkpoint.LatestWhole(folder.Checkpoints, line => tell(new TrainingWarning(line)), cancel) is { } whole)
                {
                    return new ResumePoint(whole, Checkpoint.ReadState(whole));
                }

                tell(new TrainingNote($"No checkpoint in {folder.Root} yet: the run begins."));
                return null;
            case var named:
                Checkpoint.RequireWhole(named, cancel);
                var point = new ResumePoint(named, Checkpoint.ReadState(named));
                return newest is null || Checkpoint.ReadState(newest).Step <= point.State.Step
                    ? point
                    : throw new ClipException(ClipError.CannotCreate, "The run has newer checkpoints", folder.Root,
                        Path.GetFileName(newest),
                        $"none after {Path.GetFileName(named)}", "Go on under another --name, or move the newer ones away.");
        }
    }

    /// <summary>Refuses to go on with something else, unless that is allowed.</summary>
    /// <param name="what">"options" or "data".</param>
    /// <param name="changes">A line each.</param>
    /// <param name="checkpoint">Where the run goes on.</param>
    /// <param name="areAllowed">Whether it may.</param>
    /// <param name="tell">Gets each change.</param>
    /// <exception cref="ClipException">There are changes, and they are not allowed.</exception>
    public static void RefuseChanges(string what, IReadOnlyList<string> changes, string checkpoint, bool areAllowed,
        Action<TrainingEvent> tell)
    {
        foreach (var change in changes)
        {
            tell(new TrainingWarning("changed since the checkpoint: " + change));
        }

        if (changes.Count > 0 && !areAllowed)
        {
            throw new ClipException(ClipError.Config, $"The {what} changed since the checkpoint", checkpoint,
                string.Join("; ", changes),
                "what the run began with", "Give them as they were, or go on with --allow-change.");
        }
    }
}
