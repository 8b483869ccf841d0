using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks;

/// <summary>Processes as threads of one: each puts down what it has, waits, and reads what the others put down.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private readonly Tensor?[] _said;
    private readonly Barrier _barrier;

    private ThreadRanks(int count) => (_said, _barrier) = (new Tensor?[count], new Barrier(count));

    /// <summary>Runs all to their end.</summary>
    /// <returns>What each gave, by rank.</returns>
    public static T[] Run<T>(int count, Func<ICollective, T> work)
    {
        using var all = new ThreadRanks(count);
        var results = new T[count];
        var threads = Enumerable.Range(0, count).Select(number => Task.Factory.StartNew(
            () => results[number] = work(new Rank(all, number)), TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(threads);
        return results;
    }

    public void Dispose() => _barrier.Dispose();

    // What all say, read by each while nobody says anything else.
    private void Meet(int rank, Tensor own, Action<Tensor[]> read)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        _said[rank] = own.clone();
        Wait();
        read([.. _said.Select(said => said!)]);
        Wait();
    }

    private void Wait()
    {
        if (!_barrier.SignalAndWait(TimeSpan.FromMinutes(1)))
        {
            throw new InvalidOperationException("The others do not say as much as this one.");
        }
    }

    private sealed class Rank(ThreadRanks all, int rank) : ICollective
    {
        int ICollective.Rank => rank;

        public int WorldSize => all._said.Length;

        public int LocalRank => rank;

        public int LocalSize => WorldSize;

        public string Transport => "threads";

        public TimeSpan Patience { get; set; }

        public void AllReduce(Tensor inout, ReduceOp operation)
        {
            if (inout.dtype is ScalarType.BFloat16 or ScalarType.Float16)
            {
                throw new ArgumentException("16 bits are not reduced.", nameof(inout));
            }

            Check(inout);
            all.Meet(rank, inout, said =>
            {
                var (first, together) = (said[0].clone(), stack(said));
                inout.copy_(operation switch
                {
                    ReduceOp.Sum => said.Skip(1).Aggregate(first, (sum, each) => sum.add(each)),
                    ReduceOp.Max => together.amax([0]),
                    _ => together.amin([0]),
                });
            });
        }

        public Task AllReduceLater(Tensor inout, ReduceOp operation)
        {
            AllReduce(inout, operation);
            return Task.CompletedTask;
        }

        public void AllGather(Tensor mine, Tensor gathered)
        {
            if (gathered.numel() != mine.numel() * WorldSize)
            {
                throw new ArgumentException("Rows that are no shares.", nameof(gathered));
            }

            all.Meet(rank, mine, said => gathered.view(WorldSize, -1).copy_(stack([.. said.Select(each => each.view(-1))])));
        }

        public void ReduceScatter(Tensor whole, Tensor mine) => all.Meet(rank, whole, said => mine.view(-1).copy_(
            stack(said).sum([0L]).view(WorldSize, -1).select(0, rank)));

        public void Broadcast(Tensor inout, int root)
        {
            Check(inout);
            all.Meet(rank, inout, said => inout.copy_(said[root]));
        }

        public void Shift(Tensor inout) =>
            all.Meet(rank, inout, said => inout.copy_(said[(rank + WorldSize - 1) % WorldSize]));

        public void Barrier() => all.Wait();

        public void Abort(int code) => throw new InvalidOperationException($"aborted with {code}");

        public void Dispose()
        {
        }

        private static void Check(Tensor tensor)
        {
            if (!tensor.is_contiguous())
            {
                throw new ArgumentException("A tensor that processes share is contiguous.", nameof(tensor));
            }
        }
    }
}
