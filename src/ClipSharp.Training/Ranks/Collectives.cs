using System.Globalization;
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

    /// <summary>One process' text, at every process.</summary>
    public static string Told(this ICollective ranks, string text, int teller = 0)
    {
        if (ranks.WorldSize == 1)
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        using var length = tensor([bytes.LongLength]);
        ranks.Broadcast(length, teller);
        using var letters = zeros(length.ToInt64(), dtype: ScalarType.Byte);
        if (ranks.Rank == teller)
        {
            bytes.CopyTo(letters.bytes);
        }

        ranks.Broadcast(letters, teller);
        return Encoding.UTF8.GetString(letters.bytes);
    }

    /// <summary>Every process' text, by rank, at every process.</summary>
    public static string[] ToldByAll(this ICollective ranks, string text)
    {
        var all = new string[ranks.WorldSize];
        for (var teller = 0; teller < all.Length; teller++)
        {
            all[teller] = ranks.Told(text, teller);
        }

        return all;
    }

    /// <summary>Refuses to go on where processes differ.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="what">What must be the same, such as "The training data".</param>
    /// <param name="fingerprint">Its fingerprint here.</param>
    /// <exception cref="ClipException">Another process has another one; at all processes.</exception>
    public static void RequireSame(this ICollective ranks, string what, string fingerprint)
    {
        var all = ranks.WorldSize == 1 ? [fingerprint] : ranks.ToldByAll(fingerprint);
        var other = Array.FindIndex(all, each => each != all[0]);
        if (other >= 0)
        {
            throw new ClipException(ClipError.Config, $"{what} differ between processes",
                FormattableString.Invariant($"rank {other}"), all[other], $"{all[0]}, as rank 0 has",
                "Give all processes the same files and options, or go on from the last checkpoint.");
        }
    }

    /// <summary>The refusal of the first process that has one, at all processes; null where none has.</summary>
    public static ClipException? FirstRefusal(this ICollective ranks, ClipException? mine)
    {
        if (ranks.WorldSize == 1 || !ranks.Any(mine is not null)[0])
        {
            return mine;
        }

        var all = ranks.ToldByAll(mine is null ? "" : FormattableString.Invariant($"{(int)mine.Kind} {mine.Message}"));
        var (rank, told) = all.Index().First(each => each.Item.Length > 0);
        var end = told.IndexOf(' ', StringComparison.Ordinal);
        return mine is not null && rank == ranks.Rank ? mine
            : new ClipException((ClipError)int.Parse(told[..end], CultureInfo.InvariantCulture), "Another process cannot go on",
                FormattableString.Invariant($"rank {rank}"), told[(end + 1)..], "all of them to",
                "Mend what it says, then go on with --resume latest.");
    }

    /// <summary>Does what may be refused, each by itself; where one cannot go on, none does.</summary>
    /// <exception cref="ClipException">The refusal of the first process that has one; at all processes.</exception>
    public static void RequireAll(this ICollective ranks, Action mine)
    {
        ClipException? refusal = null;
        try
        {
            mine();
        }
        catch (ClipException e)
        {
            refusal = e;
        }

        if (ranks.FirstRefusal(refusal) is { } first)
        {
            throw first;
        }
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
