using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClipSharp.Data.Batches;
using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>Which rows of a batch say the same: those of one picture or of one text, as the model sees it, and whoever is linked
/// to them so, whichever process has them. They are not each other's negatives.</summary>
internal static class PairGroups
{
    /// <param name="batch">This process' rows.</param>
    /// <param name="ranks">The processes that share the batch.</param>
    /// <returns>int64 [b]: equal numbers for rows of one group, in the whole batch.</returns>
    public static Tensor Of(TrainingBatch batch, ICollective ranks)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var rows = batch.SampleIds.Length;
        var numbers = new long[3 * rows]; // a picture, and 128 bits of hash for a text: equal ones are equal texts
        for (var row = 0; row < rows; row++)
        {
            var text = XxHash128.HashToUInt128(
                MemoryMarshal.AsBytes(batch.Tokens.Row(row)[..(batch.Tokens.EndPositions[row] + 1)]));
            (numbers[3 * row], numbers[(3 * row) + 1], numbers[(3 * row) + 2]) =
                (batch.SampleIds[row], (long)(ulong)text, (long)(ulong)(text >> 64));
        }

        var all = ranks.Gathered(tensor(numbers, [rows, 3])).data<long>().ToArray();   // [B, 3]
        var groups = Groups(all).AsSpan(ranks.Rank * rows, rows);
        return tensor(groups.ToArray()).MoveToOuterDisposeScope();
    }

    private static long[] Groups(long[] numbers)
    {
        var group = new long[numbers.Length / 3]; // each row points to an earlier one of its group, the first to itself
        var pictures = new Dictionary<long, int>();
        var texts = new Dictionary<(long, long), int>();
        for (var row = 0; row < group.Length; row++)
        {
            group[row] = row;
            var (picture, text) = (numbers[3 * row], (numbers[(3 * row) + 1], numbers[(3 * row) + 2]));
            foreach (var twin in (int[])[First(pictures, picture, row), First(texts, text, row)])
            {
                var (one, other) = (Root(group, twin), Root(group, row));
                group[Math.Max(one, other)] = Math.Min(one, other);
            }
        }

        return [.. Enumerable.Range(0, group.Length).Select(row => Root(group, row))];
    }

    private static int First<T>(Dictionary<T, int> seen, T key, int row)
        where T : notnull => seen.TryAdd(key, row) ? row : seen[key];

    private static long Root(long[] group, long row)
    {
        while (group[row] != row)
        {
            row = group[row];
        }

        return row;
    }
}
