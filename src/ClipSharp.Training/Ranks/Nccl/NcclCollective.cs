using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>Processes with a card each, which NCCL joins. A call is put on the card's default stream, where libtorch puts all its
/// work: it begins after what made its numbers, what reads them begins after it, and nobody waits here. A tensor elsewhere goes
/// there and back, and that is waited for.</summary>
internal sealed unsafe class NcclCollective : ICollective
{
    private const nint DefaultStream = 0;
    private const int InProgress = 7; // ncclInProgress

    // Processes of a large job begin minutes apart.
    private static readonly TimeSpan JoinPatience = TimeSpan.FromMinutes(10);

    // Where a card hangs, ending its work may hang too.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(10);

    private readonly NcclLibrary _nccl;
    private readonly NcclCard _card;
    private readonly Action<int> _end;
    private readonly LastCall _lastCall = new();
    private readonly Watchdog _watchdog;
    private readonly Lock _asking = new();
    private nint _communicator;
    private int _hasFailed;
    private long _patience = (long)JoinPatience.TotalMilliseconds;

    private NcclCollective(NcclLibrary nccl, NcclCard card, LaunchedRank me, Action<string> tell, Action<int> end)
    {
        (_nccl, _card, _end) = (nccl, card, end);
        (Rank, WorldSize, LocalRank, LocalSize) = (me.Rank, me.WorldSize, me.LocalRank, me.LocalRank + 1);
        Transport = $"NCCL {nccl.Version}";
        _watchdog = new Watchdog(() => _lastCall.State, () => Patience, tell, Abort, Watchdog.HungCode, Failure);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int WorldSize { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <inheritdoc/>
    public int LocalSize { get; internal set; }

    /// <inheritdoc/>
    public string Transport { get; }

    /// <inheritdoc/>
    public TimeSpan Patience
    {
        get => TimeSpan.FromMilliseconds(Volatile.Read(ref _patience));
        set
        {
            _lastCall.Touch();
            Volatile.Write(ref _patience, (long)value.TotalMilliseconds);
        }
    }

    /// <summary>Joins the processes that have the same id; all wait for the last.</summary>
    /// <param name="nccl">The library.</param>
    /// <param name="id">What they meet by.</param>
    /// <param name="card">This process' card, nobody else's.</param>
    /// <param name="me">Which of them this is.</param>
    /// <param name="tell">Gets the watchdog's last word.</param>
    /// <param name="end">Ends this process, and the others if it can, with a code.</param>
    /// <exception cref="ClipException">The library fails.</exception>
    public static NcclCollective Join(
        NcclLibrary nccl, NcclId id, NcclCard card, LaunchedRank me, Action<string> tell, Action<int> end)
    {
        var joined = new NcclCollective(nccl, card, me, tell, end);
        try
        {
            joined.Begin(id);
            return joined;
        }
        catch
        {
            joined._watchdog.Dispose();
            throw;
        }
    }

    /// <summary>Whether a tensor lies on this process' card.</summary>
    public bool Holds(Tensor tensor) => _card.Holds(tensor);

    /// <inheritdoc/>
    public void AllReduce(Tensor inout, ReduceOp operation)
    {
        SharedTensors.RequireContiguous(inout);
        var (type, reduce) = (NcclLibrary.TypeOf(inout.dtype), NcclLibrary.OperationOf(operation));
        OnCard("all-reduce", inout, inout, (from, to) => Require("ncclAllReduce",
            _nccl.AllReduce(from, to, (nuint)inout.numel(), type, reduce, _communicator, DefaultStream)));
    }

    /// <inheritdoc/>
    public Task AllReduceLater(Tensor inout, ReduceOp operation)
    {
        try
        {
            AllReduce(inout, operation);
            return Task.CompletedTask; // of the card's work, what comes later on the stream waits for it
        }
        catch (ClipException e)
        {
            return Task.FromException(e); // thrown on the way back, it would end the process
        }
    }

    /// <inheritdoc/>
    public void AllGather(Tensor mine, Tensor all)
    {
        SharedTensors.RequireShares(all, mine, WorldSize);
        OnCard("all-gather", mine, all, (from, to) => Require("ncclAllGather",
            _nccl.AllGather(from, to, BytesOf(mine), NcclLibrary.Bytes, _communicator, DefaultStream)));
    }

    /// <inheritdoc/>
    public void ReduceScatter(Tensor all, Tensor mine)
    {
        SharedTensors.RequireShares(all, mine, WorldSize);
        var type = NcclLibrary.TypeOf(all.dtype);
        OnCard("reduce-scatter", all, mine, (from, to) => Require("ncclReduceScatter", _nccl.ReduceScatter(from, to,
            (nuint)mine.numel(), type, NcclLibrary.OperationOf(ReduceOp.Sum), _communicator, DefaultStream)));
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor inout, int root)
    {
        SharedTensors.RequireContiguous(inout);
        OnCard("broadcast", inout, inout, (from, to) => Require("ncclBroadcast",
            _nccl.Broadcast(from, to, BytesOf(inout), NcclLibrary.Bytes, root, _communicator, DefaultStream)));
    }

    /// <inheritdoc/>
    public void Shift(Tensor inout)
    {
        SharedTensors.RequireContiguous(inout);
        using var none = no_grad();
        // To a place of its own first: what is on its way out must stay.
        using var arriving = empty_like(inout);
        var (next, before, bytes) = ((Rank + 1) % WorldSize, (Rank + WorldSize - 1) % WorldSize, BytesOf(inout));
        OnCard("shift", inout, arriving, (from, to) =>
        {
            Require("ncclGroupStart", _nccl.GroupStart());
            var sent = _nccl.Send(from, bytes, NcclLibrary.Bytes, next, _communicator, DefaultStream);
            var received = _nccl.Receive(to, bytes, NcclLibrary.Bytes, before, _communicator, DefaultStream);
            var ended = _nccl.GroupEnd(); // whatever came before: a group left open would take in all that follows
            Require("ncclSend", sent);
            Require("ncclRecv", received);
            Require("ncclGroupEnd", ended);
        });
        inout.copy_(arriving);
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        using var one = ones(1, ScalarType.Int64);
        AllReduce(one, ReduceOp.Sum);
    }

    /// <inheritdoc/>
    public void Abort(int code)
    {
        using var last = new Timer(_ => _end(code), null, LastWord, Timeout.InfiniteTimeSpan);
        EndCalls();
        _end(code);
    }

    /// <summary>Ends what is still under way on the card, so that nobody waits for it any more; nothing can be said to the others
    /// after it.</summary>
    public void EndCalls()
    {
        if (Interlocked.Exchange(ref _communicator, 0) is var communicator && communicator != 0)
        {
            _ = _nccl.CommAbort(communicator);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watchdog.Dispose();
        nint communicator;
        lock (_asking) // the watchdog may be at its last look
        {
            communicator = Interlocked.Exchange(ref _communicator, 0);
        }

        if (communicator != 0)
        {
            _ = _hasFailed == 0 ? _nccl.CommDestroy(communicator) : _nccl.CommAbort(communicator);
        }
    }

    private void Begin(NcclId id)
    {
        nint communicator;
        _lastCall.Begin("ncclCommInitRank");
        _card.Enter();
        Require("ncclCommInitRank", _nccl.CommInitRank(&communicator, WorldSize, id, Rank));
        Volatile.Write(ref _communicator, communicator);
        _lastCall.End();
        Patience = Timeout.InfiniteTimeSpan;
    }

    // Puts a call on the card's stream, given where numbers are read and written.
    private void OnCard(string what, Tensor from, Tensor to, Action<nint, nint> call)
    {
        if (Failure() is { } failed)
        {
            throw failed;
        }

        using var scope = NewDisposeScope();
        using var none = no_grad();
        _lastCall.Begin(what);
        try
        {
            _card.Enter();
            var source = Here(from);
            var target = ReferenceEquals(from, to) ? source : Here(to);
            call((nint)TensorData.Of(source), (nint)TensorData.Of(target));
            if (!ReferenceEquals(target, to))
            {
                to.copy_(target); // waits for the card
            }
        }
        finally
        {
            _lastCall.End();
        }
    }

    private Tensor Here(Tensor tensor) => _card.Holds(tensor) ? tensor : tensor.to(_card.Device, copy: true);

    // What the library has found out since a call, such as a lost connection: told to the first who asks.
    private ClipException? Failure()
    {
        lock (_asking)
        {
            var error = 0;
            if (Volatile.Read(ref _communicator) is var communicator && communicator == 0)
            {
                return null;
            }

            var code = _nccl.CommGetAsyncError(communicator, &error);
            code = code == 0 ? error : code;
            return code is 0 or InProgress || Interlocked.Exchange(ref _hasFailed, 1) == 1
                ? null
                : _nccl.Failure(_lastCall.State.What, code);
        }
    }

    private void Require(string function, int code) => _nccl.Require(function, code);

    private static nuint BytesOf(Tensor tensor) => (nuint)(tensor.numel() * tensor.element_size());
}
