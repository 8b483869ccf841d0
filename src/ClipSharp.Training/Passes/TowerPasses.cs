using ClipSharp.Torch;

namespace ClipSharp.Training.Passes;

/// <summary>The way a run's options ask a tower to go.</summary>
internal static class TowerPasses
{
    /// <param name="options">The run's.</param>
    /// <param name="precision">The format in which the tower computes.</param>
    /// <param name="isTrained">Whether any of the tower's parameters is.</param>
    public static ITowerPass For(TrainOptions options, Precision precision, bool isTrained)
    {
        ITowerPass? pass = !isTrained ? null : options.GradCheckpointing ? new CheckpointedPass(precision)
            : new WholePass(precision);
        return options.MicroBatch is { } rows && rows < options.BatchSize
            ? new CachedPass(rows, precision, pass)
            : pass ?? new LockedPass(precision);
    }
}
