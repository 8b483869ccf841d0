using ClipSharp.Torch;

namespace ClipSharp.Training.Passes;

/// <summary>The way a run's options ask a tower to go.</summary>
internal static class TowerPasses
{
    /// <param name="options">The run's.</param>
    /// <param name="precision">The format in which the tower computes.</param>
    /// <param name="rows">Rows of a batch here.</param>
    /// <param name="isTrained">Whether any of the tower's parameters is.</param>
    /// <param name="done">Told, on the way back, when the gradients of a part and of those behind it are complete; null =
    /// nobody asks. It must not throw.</param>
    public static ITowerPass For(TrainOptions options, Precision precision, int rows, bool isTrained, Action<int>? done = null)
    {
        if (options.MicroBatch is { } some && some < rows)
        {
            return isTrained ? new CachedPass(some, precision, Pass(null), Pass(done)) : new CachedPass(some, precision, null);
        }

        return isTrained ? Pass(done) : new LockedPass(precision);

        ITowerPass Pass(Action<int>? told) =>
            options.GradCheckpointing ? new CheckpointedPass(precision, told) : new WholePass(precision, told);
    }
}
