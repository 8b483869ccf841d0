using ClipSharp.Torch;

namespace ClipSharp.Training.Passes;

/// <summary>The way a run's options ask a tower to go.</summary>
internal static class TowerPasses
{
    public static ITowerPass For(TrainOptions options, Precision precision)
    {
        ITowerPass pass = options.GradCheckpointing ? new CheckpointedPass(precision) : new WholePass(precision);
        return options.MicroBatch is { } rows && rows < options.BatchSize ? new CachedPass(rows, precision, pass) : pass;
    }
}
