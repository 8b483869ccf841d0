using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>What is asked of a collective again and again; what one process alone would only copy is not copied.</summary>
internal static class Collectives
{
    /// <summary>Everybody's rows: [b, ...] to [N · b, ...].</summary>
    public static Tensor Gathered(this ICollective ranks, Tensor rows)
    {
        if (ranks.WorldSize == 1)
        {
            return rows;
        }

        var all = empty([ranks.WorldSize * rows.shape[0], .. rows.shape[1..]], rows.dtype, rows.device);
        using var whole = rows.contiguous();
        ranks.AllGather(whole, all);
        return all;
    }

    /// <summary>The sum of what all say of this process' rows: [N · b, ...] to [b, ...].</summary>
    public static Tensor Scattered(this ICollective ranks, Tensor rows)
    {
        if (ranks.WorldSize == 1)
        {
            return rows;
        }

        var mine = empty([rows.shape[0] / ranks.WorldSize, .. rows.shape[1..]], rows.dtype, rows.device);
        using var whole = rows.contiguous();
        ranks.ReduceScatter(whole, mine);
        return mine;
    }

    /// <summary>The sum over all processes; the argument itself, changed.</summary>
    public static Tensor Summed(this ICollective ranks, Tensor value)
    {
        ranks.AllReduce(value, ReduceOp.Sum);
        return value;
    }

    /// <summary>Whether any process says so, each number by itself.</summary>
    public static bool[] Any(this ICollective ranks, params ReadOnlySpan<bool> mine)
    {
        if (ranks.WorldSize == 1)
        {
            return mine.ToArray();
        }

        using var votes = tensor(Array.ConvertAll(mine.ToArray(), vote => vote ? 1L : 0L));
        ranks.AllReduce(votes, ReduceOp.Max);
        return Array.ConvertAll(votes.data<long>().ToArray(), vote => vote > 0);
    }

    /// <summary>Rank 0's text, at every process.</summary>
    public static string Told(this ICollective ranks, string text)
    {
        if (ranks.WorldSize == 1)
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        using var length = tensor([bytes.LongLength]);
        ranks.Broadcast(length, 0);
        using var letters = zeros(length.ToInt64(), dtype: ScalarType.Byte);
        if (ranks.Rank == 0)
        {
            bytes.CopyTo(letters.bytes);
        }

        ranks.Broadcast(letters, 0);
        return Encoding.UTF8.GetString(letters.bytes);
    }

    /// <summary>What rank 0 makes first, as others find then what it left on the disk; each its own.</summary>
    public static T AfterTheFirst<T>(this ICollective ranks, Func<T> make)
    {
        if (ranks.WorldSize == 1)
        {
            return make();
        }

        var made = ranks.Rank == 0 ? make() : default;
        ranks.Barrier();
        return ranks.Rank == 0 ? made! : make();
    }
}
