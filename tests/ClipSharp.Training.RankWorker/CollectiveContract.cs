using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.RankWorker;

/// <summary>What every collective must do, asked by all its processes at once.</summary>
internal static class CollectiveContract
{
    /// <summary>Whether it holds; says what does not.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="device">Where tensors lie.</param>
    public static bool Holds(ICollective ranks, Device device)
    {
        using var scope = NewDisposeScope();
        var (n, r) = (ranks.WorldSize, ranks.Rank);
        var broken = new List<string>();

        foreach (var type in (ScalarType[])[float32, float64, int64])
        {
            var sum = There(Ramp(7, type).add(tensor(r).to(type)));
            ranks.AllReduce(sum, ReduceOp.Sum);
            Check($"sum of {type}", sum, Ramp(7, type).mul(tensor(n).to(type)).add(tensor(n * (n - 1) / 2).to(type)));
            var greatest = There(tensor((long)r).to(type));
            ranks.AllReduce(greatest, ReduceOp.Max);
            Check($"maximum of {type}", greatest, tensor((long)n - 1).to(type));
            var least = There(tensor((long)r).to(type));
            ranks.AllReduce(least, ReduceOp.Min);
            Check($"minimum of {type}", least, tensor(0L).to(type));

            var all = There(zeros(3 * n, 2, dtype: type));
            ranks.AllGather(There(Ramp(6, type).view(3, 2).add(tensor(100 * r).to(type))), all);
            Check($"all-gather of {type}", all,
                cat([.. Enumerable.Range(0, n).Select(rank => Ramp(6, type).view(3, 2).add(tensor(100 * rank).to(type)))]));

            var mine = There(zeros(2, dtype: type));
            ranks.ReduceScatter(There(Ramp(2 * n, type).add(tensor(r).to(type))), mine);
            Check($"reduce-scatter of {type}", mine,
                Ramp(2 * n, type).narrow(0, 2 * r, 2).mul(tensor(n).to(type)).add(tensor(n * (n - 1) / 2).to(type)));
        }

        foreach (var type in (ScalarType[])[float32, bfloat16, float16, int64, uint8])
        {
            foreach (var root in (int[])[0, n - 1])
            {
                var told = There(r == root ? Ramp(5, type) : zeros(5, dtype: type));
                ranks.Broadcast(told, root);
                Check($"broadcast of {type} from {root}", told, Ramp(5, type));
            }

            var ring = There(full(3, r, dtype: type));
            for (var hop = 1; hop <= n; hop++)
            {
                ranks.Shift(ring);
                Check($"shift {hop} of {type}", ring, full(3, (r + n - hop) % n, dtype: type));
            }

            var gathered = There(zeros(n, dtype: type));
            ranks.AllGather(There(full(1, r, dtype: type)), gathered);
            Check($"all-gather of {type}", gathered, arange(n).to(type));
        }

        // A piece of a larger tensor: only it may change.
        var whole = There(ones(9));
        ranks.AllReduce(whole.narrow(0, 3, 3), ReduceOp.Sum);
        Check("a view", whole, cat([ones(3), full(3, n), ones(3)]));

        var (first, second) = (There(ones(1 << 16)), There(full(1 << 16, 2)));
        Task.WaitAll(ranks.AllReduceLater(first, ReduceOp.Sum), ranks.AllReduceLater(second, ReduceOp.Sum));
        Check("two at once", first.add(second), full(1 << 16, 3 * n));

        Equal("votes", string.Join(' ', ranks.Any(r == 0, r == n - 1, false)), "True True False");
        Equal("a told text", ranks.Told(r == 0 ? "Grüße" : ""), "Grüße");
        Equal("the first made it", ranks.AfterTheFirst(() => r == 0 ? 1 : 2).ToString(), r == 0 ? "1" : "2");
        if (n > 1)
        {
            Refused("a tensor that is not contiguous", () => ranks.Broadcast(There(ones(4, 4)).t(), 0));
            Refused("a sum of 16 bits", () => ranks.AllReduce(There(ones(3, dtype: bfloat16)), ReduceOp.Sum));
            Refused("rows that are no shares", () => ranks.AllGather(There(ones(3)), There(ones(3 * n + 1))));
        }

        ranks.Barrier();
        broken.ForEach(line => Console.Error.WriteLine($"rank {r} of {n}: {line}"));
        if (broken.Count == 0 && r == 0)
        {
            Console.WriteLine($"contract holds: {n} processes, {ranks.LocalSize} here, {ranks.Transport}");
        }

        return broken.Count == 0;

        Tensor There(Tensor here) => here.to(device);

        void Check(string what, Tensor there, Tensor expected)
        {
            var found = there.cpu();
            if (!found.Equals(expected))
            {
                broken.Add($"{what}: {found.cstr()} instead of {expected.cstr()}");
            }
        }

        void Equal(string what, string? found, string expected)
        {
            if (found != expected)
            {
                broken.Add($"{what}: {found} instead of {expected}");
            }
        }

        void Refused(string what, Action call)
        {
            try
            {
                call();
                broken.Add($"{what} was not refused");
            }
            catch (ArgumentException)
            {
                // As it must be.
            }
        }
    }

    private static Tensor Ramp(long count, ScalarType type) => arange(count).to(type);
}
