using static TorchSharp.torch;

namespace ClipSharp.Training.Passes;

/// <summary>Which patches a picture keeps in training (FLIP, Li et al. 2023, 3). Drawn by (seed, step, row of the whole batch),
/// so that a micro-batch, a process with its share of the rows, or a part that is computed again sees what the whole batch
/// saw.</summary>
internal static class PatchDropout
{
    /// <param name="patches">Patches of a picture.</param>
    /// <param name="dropout">The share that is left out, 0 to below 1; at least one patch stays.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="step">The step.</param>
    /// <param name="rows">Pictures.</param>
    /// <param name="firstRow">Where the first of them stands in the whole batch.</param>
    /// <returns>int64 [rows, K].</returns>
    public static Tensor Keep(int patches, double dropout, long seed, long step, long rows, long firstRow = 0)
    {
        var keep = Math.Max(1, (int)(patches * (1 - dropout)));
        var chosen = new long[ArrayLength.Of("kept patches", rows, keep)];
        var all = new long[patches];
        for (long row = 0; row < rows; row++)
        {
            for (var i = 0; i < patches; i++)
            {
                all[i] = i;
            }

            var random = new RandomStream(seed, RandomPurpose.Dropout, step, firstRow + row);
            random.Shuffle<long>(all);
            all.AsSpan(0, keep).CopyTo(chosen.AsSpan((int)(row * keep)));
        }

        return tensor(chosen, [rows, keep]);
    }
}
