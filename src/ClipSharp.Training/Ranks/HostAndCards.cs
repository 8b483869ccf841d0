using ClipSharp.Training.Ranks.Nccl;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>Processes whose cards have a way of their own: what lies on a card goes from card to card, all else from main
/// memory to main memory.</summary>
/// <param name="host">The way between processes; it is patient or not, and ends them.</param>
/// <param name="cards">The way between their cards.</param>
internal sealed class HostAndCards(ICollective host, NcclCollective cards) : ICollective
{
    /// <inheritdoc/>
    public int Rank => host.Rank;

    /// <inheritdoc/>
    public int WorldSize => host.WorldSize;

    /// <inheritdoc/>
    public int LocalRank => host.LocalRank;

    /// <inheritdoc/>
    public int LocalSize => host.LocalSize;

    /// <inheritdoc/>
    public string Transport => $"{cards.Transport} between cards, {host.Transport}";

    /// <inheritdoc/>
    public TimeSpan Patience
    {
        get => host.Patience;
        set => host.Patience = value;
    }

    /// <inheritdoc/>
    public void AllReduce(Tensor inout, ReduceOp operation) => Of(inout).AllReduce(inout, operation);

    /// <inheritdoc/>
    public Task AllReduceLater(Tensor inout, ReduceOp operation) => Of(inout).AllReduceLater(inout, operation);

    /// <inheritdoc/>
    public void AllGather(Tensor mine, Tensor all) => Of(all).AllGather(mine, all);

    /// <inheritdoc/>
    public void ReduceScatter(Tensor all, Tensor mine) => Of(all).ReduceScatter(all, mine);

    /// <inheritdoc/>
    public void Broadcast(Tensor inout, int root) => Of(inout).Broadcast(inout, root);

    /// <inheritdoc/>
    public void Shift(Tensor inout) => Of(inout).Shift(inout);

    /// <inheritdoc/>
    public void Barrier() => host.Barrier();

    /// <inheritdoc/>
    public void Abort(int code) => host.Abort(code);

    /// <inheritdoc/>
    public void Dispose()
    {
        cards.Dispose();
        host.Dispose();
    }

    private ICollective Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return cards.Holds(tensor) ? cards : host;
    }
}
