using System.Runtime.InteropServices;
using ClipSharp.Data.Batches;
using static TorchSharp.torch;

namespace ClipSharp.Training.Losses;

/// <summary>Which rows of a batch say the same: those of one picture or of one text, as the model sees it, and whoever is linked
/// to them so. They are not each other's negatives.</summary>
internal static class PairGroups
{
    /// <param name="batch">This process' rows.</param>
    /// <param name="firstRow">Where the first of them stands in the whole batch: no two processes number their groups alike. Rows
    /// of two processes are never of one group.</param>
    /// <returns>int64 [b]: equal numbers for rows of one group.</returns>
    public static Tensor Of(TrainingBatch batch, long firstRow = 0)
    {
        var group = new long[batch.SampleIds.Length]; // each row points to an earlier one of its group, the first to itself
        var pictures = new Dictionary<long, int>();
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < group.Length; row++)
        {
            group[row] = row;
            var text = MemoryMarshal.Cast<int, char>(batch.Tokens.Row(row)[..(batch.Tokens.EndPositions[row] + 1)]).ToString();
            foreach (var twin in (int[])[First(pictures, batch.SampleIds[row], row), First(texts, text, row)])
            {
                var (one, other) = (Root(group, twin), Root(group, row));
                group[Math.Max(one, other)] = Math.Min(one, other);
            }
        }

        return tensor(Enumerable.Range(0, group.Length).Select(row => firstRow + Root(group, row)).ToArray());
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
