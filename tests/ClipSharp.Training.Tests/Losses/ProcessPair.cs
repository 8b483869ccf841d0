using ClipSharp.Training.Losses;
using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Losses;

/// <summary>Two processes as two threads. What one says reaches the other: both put down their rows, wait, and take each
/// other's.</summary>
internal sealed class ProcessPair : IDisposable
{
    private readonly Tensor?[] _said = new Tensor?[2];
    private readonly Barrier _barrier = new(2);

    /// <summary>Runs both to their end.</summary>
    /// <returns>What each computed, by rank, in the caller's scope.</returns>
    public static PairGradients[] Run(Func<ICollective, PairGradients> work)
    {
        using var pair = new ProcessPair();
        var results = new PairGradients[2];
        var threads = Enumerable.Range(0, 2).Select(number => Task.Factory.StartNew(
            () => results[number] = Detached(work(new Rank(pair, number))), TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(threads);
        return results;
    }

    public void Dispose() => _barrier.Dispose();

    private static PairGradients Detached(PairGradients gradients)
    {
        foreach (var tensor in (Tensor?[])[gradients.Loss, gradients.Images, gradients.Texts, gradients.LogitScale,
            gradients.LogitBias])
        {
            tensor?.DetachFromDisposeScope();
        }

        return gradients;
    }

    // [both] of what the two say, on the thread that asks.
    private Tensor Exchange(int rank, Tensor own)
    {
        _said[rank] = own.clone().DetachFromDisposeScope();
        Wait();
        var both = stack([_said[0]!, _said[1]!]);
        Wait();
        _said[rank]!.Dispose();
        return both;
    }

    private void Wait()
    {
        if (!_barrier.SignalAndWait(TimeSpan.FromMinutes(1)))
        {
            throw new InvalidOperationException("The other process does not say as much as this one.");
        }
    }

    private sealed class Rank(ProcessPair pair, int rank) : ICollective
    {
        int ICollective.Rank => rank;

        public int Size => 2;

        public Tensor AllGather(Tensor rows) => pair.Exchange(rank, rows).flatten(0, 1);

        public Tensor ReduceScatter(Tensor rows) =>
            pair.Exchange(rank, rows).sum([0L]).narrow(0, rank * (rows.shape[0] / 2), rows.shape[0] / 2);

        public Tensor AllReduce(Tensor value) => pair.Exchange(rank, value).sum([0L]);
    }
}
