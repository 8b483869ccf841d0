using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Nccl;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

/// <summary>Threads that stand for processes with a card each; main memory stands for the cards.</summary>
internal static class NcclRanks
{
    /// <summary>A card that holds all tensors.</summary>
    public static NcclCard Card(int rank) => Card(rank, _ => true);

    /// <summary>A card that holds some.</summary>
    public static NcclCard Card(int rank, Func<Tensor, bool> holds) => new(CPU, $"card {rank}", holds, () => { });

    /// <summary>Joins one of them.</summary>
    public static NcclCollective Join(NcclId id, int rank, int count, Func<Tensor, bool>? holds = null,
        Action<string>? tell = null, Action<int>? end = null) => NcclCollective.Join(StandInNccl.Library, id,
            Card(rank, holds ?? (_ => true)), new LaunchedRank("threads", rank, count, rank), tell ?? (_ => { }),
            end ?? (_ => { }));

    /// <summary>Runs all to their end.</summary>
    /// <returns>What each gave, by rank.</returns>
    public static T[] Run<T>(int count, Func<NcclCollective, NcclId, T> work, Func<Tensor, bool>? holds = null)
    {
        var id = StandInNccl.Library.NewId();
        return Threads(count, rank =>
        {
            using var ranks = Join(id, rank, count, holds);
            return work(ranks, id);
        });
    }

    /// <summary>Runs each in a thread of its own.</summary>
    public static T[] Threads<T>(int count, Func<int, T> work)
    {
        var threads = Enumerable.Range(0, count).Select(rank => Task.Factory.StartNew(() => work(rank),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(threads);
        return [.. threads.Select(thread => thread.Result)];
    }
}
