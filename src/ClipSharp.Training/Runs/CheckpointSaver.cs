namespace ClipSharp.Training.Runs;

/// <summary>Saves a run's checkpoints and removes old ones.</summary>
/// <param name="setup">What is saved.</param>
/// <param name="folder">Where.</param>
/// <param name="tell">Gets every checkpoint.</param>
internal sealed class CheckpointSaver(TrainingSetup setup, RunFolder folder, Action<TrainingEvent> tell)
{
    /// <summary>Saves the state after a step, unless that is done already.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="spent">Time spent in training.</param>
    /// <returns>The checkpoint's folder.</returns>
    public string Save(long step, TimeSpan spent)
    {
        var target = Path.Combine(folder.Checkpoints, step % setup.StepsPerEpoch == 0
            ? FormattableString.Invariant($"epoch_{step / setup.StepsPerEpoch}")
            : FormattableString.Invariant($"step_{step}"));
        if (!Directory.Exists(target))
        {
            Checkpoint.Write(target, setup.Model, setup.Tokenizer, setup.Optimizer, setup.Average, new TrainingState
            {
                Step = step,
                Data = setup.Index.Fingerprint,
                Tokenizer = setup.Tokenizer.Fingerprint,
                Seconds = spent.TotalSeconds,
                LossScale = setup.Trainer.LossScale.Value,
                Options = setup.Options,
            });
            tell(new CheckpointWritten(target, step));
            DropOld();
        }

        return target;
    }

    private void DropOld()
    {
        if (setup.Options.Keep <= 0)
        {
            return;
        }

        foreach (var old in Directory.EnumerateDirectories(folder.Checkpoints).Where(d => !d.EndsWith(".tmp", StringComparison.Ordinal))
                     .OrderByDescending(d => Checkpoint.ReadState(d).Step).Skip(setup.Options.Keep))
        {
            Directory.Delete(old, recursive: true);
        }
    }
}
