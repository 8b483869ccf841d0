using ClipSharp.Training.Ranks;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks;

/// <summary>Counts what a process hands to the others.</summary>
internal sealed class CountedRanks(ICollective ranks) : ICollective
{
    /// <summary>Bytes of all tensors so far that went in.</summary>
    public long Bytes { get; private set; }

    public int Rank => ranks.Rank;

    public int WorldSize => ranks.WorldSize;

    public int LocalRank => ranks.LocalRank;

    public int LocalSize => ranks.LocalSize;

    public string Transport => ranks.Transport;

    public TimeSpan Patience
    {
        get => ranks.Patience;
        set => ranks.Patience = value;
    }

    public void AllReduce(Tensor inout, ReduceOp operation) => ranks.AllReduce(Counted(inout), operation);

    public Task AllReduceLater(Tensor inout, ReduceOp operation) => ranks.AllReduceLater(Counted(inout), operation);

    public void AllGather(Tensor mine, Tensor all) => ranks.AllGather(Counted(mine), all);

    public void ReduceScatter(Tensor all, Tensor mine) => ranks.ReduceScatter(Counted(all), mine);

    public void Broadcast(Tensor inout, int root) => ranks.Broadcast(Counted(inout), root);

    public void Shift(Tensor inout) => ranks.Shift(Counted(inout));

    public void Barrier() => ranks.Barrier();

    public void Abort(int code) => ranks.Abort(code);

    public void Dispose()
    {
        // Whoever joined leaves.
    }

    private Tensor Counted(Tensor tensor)
    {
        Bytes += tensor.numel() * tensor.element_size();
        return tensor;
    }
}
