using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>The collective of one: one process alone.</summary>
public sealed class SingleProcess : ICollective
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int WorldSize => 1;

    /// <inheritdoc/>
    public int LocalRank => 0;

    /// <inheritdoc/>
    public int LocalSize => 1;

    /// <inheritdoc/>
    public string Transport => "one process";

    /// <inheritdoc/>
    public TimeSpan Patience { get; set; } = Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    public void AllReduce(Tensor inout, ReduceOp operation)
    {
    }

    /// <inheritdoc/>
    public Task AllReduceLater(Tensor inout, ReduceOp operation) => Task.CompletedTask;

    /// <inheritdoc/>
    public void AllGather(Tensor mine, Tensor all) => all.copy_(mine);

    /// <inheritdoc/>
    public void ReduceScatter(Tensor all, Tensor mine) => mine.copy_(all);

    /// <inheritdoc/>
    public void Broadcast(Tensor inout, int root)
    {
    }

    /// <inheritdoc/>
    public void Shift(Tensor inout)
    {
    }

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public void Abort(int code) => Environment.Exit(code);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
