using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClipSharp.Training.Ranks.Nccl;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

/// <summary>NCCL's functions over main memory, between threads that stand for processes with a card each. It is stricter than
/// NCCL: what would hang there or read beside a buffer is an error here.</summary>
internal static unsafe class StandInNccl
{
    public const int SystemError = 2, InvalidArgument = 4, InvalidUsage = 5, RemoteError = 6;

    private static readonly ConcurrentDictionary<string, StandInGroup> Groups = [];
    private static readonly ConcurrentDictionary<nint, StandInMember> Members = [];
    private static readonly nint[] Texts = [.. Enumerable.Range(0, 10).Select(code =>
        Marshal.StringToCoTaskMemUTF8($"the stand-in's error {code}"))];

    private static long _last;

    [ThreadStatic]
    private static List<StandInCall>? _open;

    public static NcclLibrary Library { get; } = new()
    {
        GetVersion = &GetVersion,
        GetErrorString = &GetErrorString,
        GetUniqueId = &GetUniqueId,
        CommInitRank = &CommInitRank,
        CommDestroy = &CommDestroy,
        CommAbort = &CommAbort,
        CommGetAsyncError = &CommGetAsyncError,
        AllReduce = &AllReduce,
        AllGather = &AllGather,
        ReduceScatter = &ReduceScatter,
        Broadcast = &Broadcast,
        Send = &Send,
        Receive = &Receive,
        GroupStart = &GroupStart,
        GroupEnd = &GroupEnd,
    };

    /// <summary>What there is of a process that has joined.</summary>
    public static StandInMember Member(NcclId id, int rank) => Groups[Key(id)].Members[rank]!;

    /// <summary>Whether the calling thread has a group that it did not end.</summary>
    public static bool IsInGroup => _open is not null;

    private static string Key(NcclId id) => Convert.ToHexString(id.ToArray());

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetVersion(int* version)
    {
        *version = 22703;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetErrorString(int code) => (byte*)Texts[code];

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetUniqueId(NcclId* id)
    {
        var bytes = new byte[NcclId.Length];
        Random.Shared.NextBytes(bytes); // all of them: one that is lost on the way is an id that nobody gave
        *id = NcclId.Of(bytes);
        Groups[Key(*id)] = new StandInGroup();
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommInitRank(nint* communicator, int processes, NcclId id, int rank)
    {
        if (!Groups.TryGetValue(Key(id), out var group) || rank < 0 || rank >= processes)
        {
            return InvalidArgument;
        }

        var member = group.Join(rank, processes);
        if (member is null)
        {
            return InvalidUsage;
        }

        var handle = (nint)Interlocked.Increment(ref _last);
        Members[handle] = member;
        *communicator = handle;
        return group.Meet(member, new StandInCall("join"));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommDestroy(nint communicator)
    {
        if (!Members.TryRemove(communicator, out var member))
        {
            return InvalidArgument;
        }

        member.IsDestroyed = true;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommAbort(nint communicator)
    {
        if (!Members.TryRemove(communicator, out var member))
        {
            return InvalidArgument;
        }

        member.Abort();
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CommGetAsyncError(nint communicator, int* error)
    {
        if (!Members.TryGetValue(communicator, out var member))
        {
            return InvalidArgument;
        }

        *error = member.AsyncError;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("all-reduce", from, to, count, type, operation));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AllGather(nint from, nint to, nuint count, int type, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("all-gather", from, to, count, type));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ReduceScatter(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("reduce-scatter", from, to, count, type, operation));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Broadcast(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("broadcast", from, to, count, type, Peer: root));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Send(nint from, nuint count, int type, int peer, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("send", from, 0, count, type, Peer: peer));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Receive(nint to, nuint count, int type, int peer, nint communicator, nint stream) =>
        Do(communicator, stream, new StandInCall("receive", 0, to, count, type, Peer: peer));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GroupStart()
    {
        _open = [];
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GroupEnd()
    {
        var calls = _open;
        _open = null;
        return calls is null ? InvalidUsage
            : calls.Count == 0 ? 0
            : calls[0].By!.Group.Meet(calls[0].By!, new StandInCall("group") { Inner = calls });
    }

    private static int Do(nint communicator, nint stream, StandInCall call)
    {
        if (!Members.TryGetValue(communicator, out var member) || stream != 0)
        {
            return InvalidArgument;
        }

        if (Interlocked.Exchange(ref member.NextError, 0) is var error && error != 0)
        {
            return error;
        }

        if (_open is not null)
        {
            _open.Add(call with { By = member });
            return 0;
        }

        // Two processes that both send first would wait for each other.
        return call.Name is "send" or "receive" ? InvalidUsage : member.Group.Meet(member, call);
    }
}
