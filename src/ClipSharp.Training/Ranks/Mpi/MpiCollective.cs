using System.Diagnostics;
using ClipSharp.Host;
using ClipSharp.Torch.Kernels;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Mpi;

/// <summary>Processes that MPI has started. Tensors on other devices than the CPU go through its memory: that is for getting
/// ready, not for every step.</summary>
internal sealed unsafe class MpiCollective : ICollective
{
    // MPI counts in int.
    private const long MostAtOnce = 1 << 28;

    // Who waits longer, waits for no message but for another's work, such as an evaluation.
    private const int SecondsAwake = 10;

    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(10);

    // MPICH's launcher ends without reading on once it hears of the end: what was written just before, the reason, was lost
    // where it came 20 ms late.
    private static readonly TimeSpan ForwardingTime = TimeSpan.FromSeconds(1);

    private readonly MpiLibrary _mpi;
    private readonly MpiObjects _objects;
    private readonly CommunicationThread _thread = new();
    private readonly Watchdog _watchdog;
    private readonly long _mostAtOnce;
    private long _patience = -1; // milliseconds

    private MpiCollective(MpiLibrary mpi, Action<string> tell, long mostAtOnce)
    {
        (_mpi, _objects, _mostAtOnce) = (mpi, mpi.Objects, mostAtOnce);
        _thread.Now("beginning", Begin);
        Transport = $"MPI, {mpi.Version()}";
        _watchdog = new Watchdog(() => _thread.State, () => Patience, tell, Abort, Watchdog.HungCode);
    }

    /// <inheritdoc/>
    public int Rank { get; private set; }

    /// <inheritdoc/>
    public int WorldSize { get; private set; }

    /// <inheritdoc/>
    public int LocalRank { get; private set; }

    /// <inheritdoc/>
    public int LocalSize { get; private set; }

    /// <inheritdoc/>
    public string Transport { get; internal set; }

    /// <summary>What is to be ended before the processes are; may hang.</summary>
    internal Action BeforeAbort { get; set; } = () => { };

    /// <inheritdoc/>
    public TimeSpan Patience
    {
        get => TimeSpan.FromMilliseconds(Volatile.Read(ref _patience));
        set
        {
            _thread.Touch();
            Volatile.Write(ref _patience, (long)value.TotalMilliseconds);
        }
    }

    /// <summary>Joins the processes that a launcher has started.</summary>
    /// <param name="launched">What the launcher said.</param>
    /// <param name="tell">Gets the watchdog's last word.</param>
    /// <param name="mostAtOnce">The most that one call of MPI is given, in numbers or bytes.</param>
    /// <exception cref="ClipException">There is no MPI library; or it knows of other processes than the launcher.</exception>
    public static MpiCollective Join(LaunchedRank launched, Action<string> tell, long mostAtOnce = MostAtOnce)
    {
        var joined = new MpiCollective(MpiLibrary.Load(launched.IsMpich), tell, mostAtOnce);
        if (joined.WorldSize == launched.WorldSize)
        {
            return joined;
        }

        // As where mpirun is of one family and the library of another: each would train alone, without an error.
        var found = FormattableString.Invariant(
            $"{joined.WorldSize} ({joined.Transport}), {launched.WorldSize} started by {launched.Launcher}");
        joined.Dispose();
        throw new ClipException(ClipError.Config, "MPI knows of another number of processes than the launcher",
            FormattableString.Invariant($"rank {launched.Rank}"), found, "the same number",
            $"Start it by the mpirun of the same library, or name that library by {MpiLibrary.Variable}.");
    }

    /// <inheritdoc/>
    public void AllReduce(Tensor inout, ReduceOp operation) => AllReduceLater(inout, operation).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Task AllReduceLater(Tensor inout, ReduceOp operation)
    {
        SharedTensors.RequireContiguous(inout);
        var (type, reduce) = (_objects.TypeOf(inout.dtype), _objects.OperationOf(operation));
        return _thread.Later("all-reduce", () => OnCpu(inout, (at, count) => InPieces(count, (start, some) =>
            Call("MPI_Iallreduce", request => _mpi.AllReduce(_objects.InPlace, at + (nint)(start * inout.element_size()), some,
                type, reduce, _objects.World, (nint*)request)))));
    }

    /// <inheritdoc/>
    public void AllGather(Tensor mine, Tensor all)
    {
        SharedTensors.RequireShares(all, mine, WorldSize);
        _thread.Now("all-gather", () =>
        {
            all.view(WorldSize, -1).select(0, Rank).copy_(mine.view(-1));
            OnCpu(all, (at, count) =>
            {
                var bytes = count / WorldSize * all.element_size();
                if (bytes <= _mostAtOnce)
                {
                    Call("MPI_Iallgather", request => _mpi.AllGather(_objects.InPlace, 0, _objects.Byte, at, (int)bytes,
                        _objects.Byte, _objects.World, (nint*)request));
                    return;
                }

                for (var root = 0; root < WorldSize; root++)
                {
                    BroadcastBytes(at + (nint)(root * bytes), bytes, root);
                }
            });
        });
    }

    /// <inheritdoc/>
    public void ReduceScatter(Tensor all, Tensor mine)
    {
        SharedTensors.RequireShares(all, mine, WorldSize);
        var type = _objects.TypeOf(all.dtype);
        _thread.Now("reduce-scatter", () =>
        {
            var onCpu = all.cpu();
            var result = empty(mine.numel(), mine.dtype);
            var (from, to, share, size) = ((nint)TensorData.Of(onCpu), (nint)TensorData.Of(result), mine.numel(),
                all.element_size());
            if (share <= _mostAtOnce)
            {
                Call("MPI_Ireduce_scatter_block", request => _mpi.ReduceScatter(from, to, (int)share, type, _objects.Sum,
                    _objects.World, (nint*)request));
            }

            for (var root = 0; share > _mostAtOnce && root < WorldSize; root++)
            {
                var (owner, begin) = (root, root * share);
                InPieces(share, (start, some) => Call("MPI_Ireduce", request => _mpi.ReduceTo(
                    from + (nint)((begin + start) * size), to + (nint)(start * size), some, type, _objects.Sum, owner,
                    _objects.World, (nint*)request)));
            }

            mine.view(-1).copy_(result);
        });
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor inout, int root)
    {
        SharedTensors.RequireContiguous(inout);
        _thread.Now("broadcast", () => OnCpu(inout, (at, count) => BroadcastBytes(at, count * inout.element_size(), root)));
    }

    /// <inheritdoc/>
    public void Shift(Tensor inout)
    {
        SharedTensors.RequireContiguous(inout);
        var (next, before) = ((Rank + 1) % WorldSize, (Rank + WorldSize - 1) % WorldSize);
        _thread.Now("shift", () => OnCpu(inout, (at, count) =>
        {
            // To a place of its own first: what is on its way out must stay.
            var bytes = count * inout.element_size();
            using var arriving = empty(bytes, dtype: ScalarType.Byte);
            var to = (nint)TensorData.Of(arriving);
            InPieces(bytes, (start, some) =>
            {
                nint coming = 0;
                Require("MPI_Irecv", _mpi.Receive(to + (nint)start, some, _objects.Byte, before, 0, _objects.World, &coming));
                Call("MPI_Isend", request => _mpi.Send(at + (nint)start, some, _objects.Byte, next, 0, _objects.World,
                    (nint*)request));
                Wait("MPI_Irecv", &coming);
            });
            Buffer.MemoryCopy((void*)to, (void*)at, bytes, bytes);
        }));
    }

    /// <inheritdoc/>
    public void Barrier() => _thread.Now("barrier",
        () => Call("MPI_Ibarrier", request => _mpi.Barrier(_objects.World, (nint*)request)));

    /// <inheritdoc/>
    public void Abort(int code)
    {
        // On a dead link the call may never come back.
        using var last = new Timer(_ => ProcessEnd.Now(code), null, LastWord, Timeout.InfiniteTimeSpan);
        BeforeAbort();
        Thread.Sleep(ForwardingTime);
        _ = _mpi.Abort(_objects.World, code);
        ProcessEnd.Now(code);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread.Now("MPI_Finalize", () => Require("MPI_Finalize", _mpi.Complete()));
        _watchdog.Dispose();
        _thread.Dispose();
    }

    private void Begin()
    {
        int rank, size, localRank, localSize, provided;
        nint local;
        Require("MPI_Init_thread", _mpi.InitThread(0, 0, _objects.Serialized, &provided));
        Require("MPI_Comm_rank", _mpi.Rank(_objects.World, &rank));
        Require("MPI_Comm_size", _mpi.Size(_objects.World, &size));
        local = 0; // MPICH writes half of it
        Require("MPI_Comm_split_type",
            _mpi.SplitType(_objects.World, _objects.SharedMemory, rank, _objects.NoInfo, &local));
        Require("MPI_Comm_rank", _mpi.Rank(local, &localRank));
        Require("MPI_Comm_size", _mpi.Size(local, &localSize));
        (Rank, WorldSize, LocalRank, LocalSize) = (rank, size, localRank, localSize);
    }

    private void BroadcastBytes(nint at, long bytes, int root) => InPieces(bytes, (start, some) =>
        Call("MPI_Ibcast", request => _mpi.Broadcast(at + (nint)start, some, _objects.Byte, root, _objects.World,
            (nint*)request)));

    // Begins a call and sees it through. The library's own waiting keeps a processor busy; this lets others have it, such as the
    // threads that compute meanwhile.
    private void Call(string function, Func<nint, int> begin)
    {
        nint request = 0; // as wide as any family's
        Require(function, begin((nint)(&request)));
        Wait(function, &request);
    }

    private void Wait(string function, nint* request)
    {
        var (hasEnded, begun) = (0, Stopwatch.GetTimestamp());
        Require(function, _mpi.Test(request, &hasEnded, _objects.IgnoreStatus));
        while (hasEnded == 0)
        {
            if (Stopwatch.GetElapsedTime(begun).TotalSeconds < SecondsAwake)
            {
                Thread.Yield();
            }
            else
            {
                Thread.Sleep(1);
            }

            Require(function, _mpi.Test(request, &hasEnded, _objects.IgnoreStatus));
        }
    }

    private void InPieces(long count, Action<long, int> call)
    {
        for (long start = 0; start < count; start += _mostAtOnce)
        {
            call(start, (int)Math.Min(_mostAtOnce, count - start));
        }
    }

    private static void OnCpu(Tensor tensor, Action<nint, long> work)
    {
        using var none = no_grad();
        if (tensor.device_type == TorchSharp.DeviceType.CPU)
        {
            work((nint)TensorData.Of(tensor), tensor.numel());
            return;
        }

        using var copy = tensor.cpu();
        work((nint)TensorData.Of(copy), copy.numel());
        tensor.copy_(copy);
    }

    // The library's own handler ends all processes before this; what comes here is what it lets pass.
    private static void Require(string function, int code)
    {
        if (code != 0)
        {
            throw new ClipException(ClipError.Unavailable, "MPI failed", function, FormattableString.Invariant($"code {code}"),
                "code 0", "Look at what the library printed, then go on with --resume latest.");
        }
    }
}
