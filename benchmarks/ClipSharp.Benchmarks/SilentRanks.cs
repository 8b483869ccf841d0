using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>The same work for each process without a word between them: what others would have sent is this one's own.</summary>
internal sealed class SilentRanks(ICollective ranks) : ICollective
{
    public int Rank => ranks.Rank;

    public int WorldSize => ranks.WorldSize;

    public int LocalRank => ranks.LocalRank;

    public int LocalSize => ranks.LocalSize;

    public string Transport => "none";

    public TimeSpan Patience { get; set; }

    public void AllReduce(Tensor inout, ReduceOp operation)
    {
        // Stays this process' own.
    }

    public Task AllReduceLater(Tensor inout, ReduceOp operation) => Task.CompletedTask;

    public void AllGather(Tensor mine, Tensor all) => all.view(WorldSize, -1).copy_(mine.view(1, -1).expand(WorldSize, -1));

    public void ReduceScatter(Tensor all, Tensor mine) => mine.view(-1).copy_(all.view(WorldSize, -1)[Rank]);

    public void Broadcast(Tensor inout, int root)
    {
        // All have it.
    }

    public void Shift(Tensor inout)
    {
        // The next one's are the same.
    }

    public void Barrier()
    {
        // Nobody to wait for.
    }

    public void Abort(int code) => ranks.Abort(code);

    public void Dispose()
    {
        // Whoever joined leaves.
    }
}
