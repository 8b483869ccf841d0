using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks;

/// <summary>The processes that train one model together, each with its rows of the batch; rows are ordered by rank. Every
/// process calls the same members in the same order with tensors of the same shapes: else all wait for each other. Tensors are
/// contiguous and float32, float64 or int64; of 16 bits are only those that are moved, not summed. Without a graph.</summary>
/// <remarks>A call blocks until this process may go on. From one thread at a time, but for <see cref="Abort"/>.</remarks>
public interface ICollective : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>Processes, N.</summary>
    int WorldSize { get; }

    /// <summary>This process among those on its machine, from 0.</summary>
    int LocalRank { get; }

    /// <summary>Processes on this machine.</summary>
    int LocalSize { get; }

    /// <summary>What carries the data, for people: library and version.</summary>
    string Transport { get; }

    /// <summary>How long may pass without a collective that ends, before this process takes the others for hung and ends all of
    /// them; <see cref="Timeout.InfiniteTimeSpan"/> = for ever.</summary>
    TimeSpan Patience { get; set; }

    /// <summary>Reduces over all processes, element by element, in place. Every process gets the same bits.</summary>
    void AllReduce(Tensor inout, ReduceOp operation);

    /// <summary>Begins <see cref="AllReduce"/>; neither side of the tensor may be touched until the task has ended. Calls that
    /// come after it are done after it.</summary>
    Task AllReduceLater(Tensor inout, ReduceOp operation);

    /// <summary>Everybody's rows, in the order of ranks.</summary>
    /// <param name="mine">[b, ...].</param>
    /// <param name="all">[N · b, ...], written.</param>
    void AllGather(Tensor mine, Tensor all);

    /// <summary>The sum of what all processes say of this one's rows.</summary>
    /// <param name="all">[N · b, ...].</param>
    /// <param name="mine">[b, ...], written.</param>
    void ReduceScatter(Tensor all, Tensor mine);

    /// <summary>One process' values to all.</summary>
    /// <param name="inout">Any type; read at the root, written elsewhere.</param>
    /// <param name="root">Whose.</param>
    void Broadcast(Tensor inout, int root);

    /// <summary>Hands the values on to the next process, and takes those of the one before: the ring.</summary>
    /// <param name="inout">Any type; in place.</param>
    void Shift(Tensor inout);

    /// <summary>Waits until all processes have come here.</summary>
    void Barrier();

    /// <summary>Ends all processes at once; where that is not possible, this one.</summary>
    /// <param name="code">The exit code.</param>
    void Abort(int code);
}
