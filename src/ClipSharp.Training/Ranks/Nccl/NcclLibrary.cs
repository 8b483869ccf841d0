using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>NVIDIA's library of collectives between cards, found at run time, and the functions of it that are used, by their
/// names without "nccl" (nccl.h). Each gives 0, or an error's code.</summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>Names a library's file, or says <see cref="None"/>.</summary>
    public const string Variable = "CLIPSHARP_NCCL";

    /// <summary>No library is to be used.</summary>
    public const string None = "none";

    /// <summary>The library where none is named.</summary>
    public const string DefaultName = "libnccl.so.2";

    /// <summary>What to do where there is none.</summary>
    public const string Remedy = $"Install NVIDIA's libnccl2, or name the file by {Variable}.";

    /// <summary>Moves bytes, whatever they mean.</summary>
    public const int Bytes = 1; // ncclUint8

    public required delegate* unmanaged[Cdecl]<int*, int> GetVersion { get; init; }

    /// <summary>A text for an error's code.</summary>
    public required delegate* unmanaged[Cdecl]<int, byte*> GetErrorString { get; init; }

    public required delegate* unmanaged[Cdecl]<NcclId*, int> GetUniqueId { get; init; }

    /// <summary>Communicator (written), processes, id, rank.</summary>
    public required delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int> CommInitRank { get; init; }

    public required delegate* unmanaged[Cdecl]<nint, int> CommDestroy { get; init; }

    public required delegate* unmanaged[Cdecl]<nint, int> CommAbort { get; init; }

    /// <summary>What has gone wrong since the last call: the code is written.</summary>
    public required delegate* unmanaged[Cdecl]<nint, int*, int> CommGetAsyncError { get; init; }

    /// <summary>From, to, count, type, operation, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> AllReduce { get; init; }

    /// <summary>From, to, count of one process, type, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int> AllGather { get; init; }

    /// <summary>From, to, count of one process, type, operation, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> ReduceScatter { get; init; }

    /// <summary>From, to, count, type, root, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> Broadcast { get; init; }

    /// <summary>From, count, type, to whom, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int> Send { get; init; }

    /// <summary>To, count, type, from whom, communicator, stream.</summary>
    public required delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int> Receive { get; init; }

    public required delegate* unmanaged[Cdecl]<int> GroupStart { get; init; }

    public required delegate* unmanaged[Cdecl]<int> GroupEnd { get; init; }

    /// <summary>Its version, such as "2.27.3".</summary>
    public string Version
    {
        get
        {
            int code;
            Require("ncclGetVersion", GetVersion(&code));
            // Until 2.8 there was one digit for the middle number.
            var (major, minor) = code < 10_000 ? (code / 1000, code / 100 % 10) : (code / 10_000, code / 100 % 100);
            return FormattableString.Invariant($"{major}.{minor}.{code % 100}");
        }
    }

    /// <summary>The library that is named, else the usual one.</summary>
    /// <param name="named">What <see cref="Variable"/> says, or null.</param>
    /// <returns>Null where none is wanted, or none named and the usual one not installed.</returns>
    /// <exception cref="ClipException">The named one cannot be loaded, or one is no NCCL that can be used
    /// (Unavailable).</exception>
    public static NcclLibrary? Find(string? named)
    {
        if (named == None)
        {
            return null;
        }

        var name = named is { Length: > 0 } ? named : DefaultName;
        if (NativeLibrary.TryLoad(name, out var library))
        {
            return Of(library, name);
        }

        return name == DefaultName ? null : throw new ClipException(ClipError.Unavailable, "The NCCL library cannot be loaded",
            Variable, name, $"a file such as {DefaultName}, or {None}", Remedy);
    }

    /// <summary>A new id to meet by.</summary>
    public NcclId NewId()
    {
        NcclId id;
        Require("ncclGetUniqueId", GetUniqueId(&id));
        return id;
    }

    /// <exception cref="ClipException">The code is an error's (Unavailable).</exception>
    public void Require(string function, int code)
    {
        if (code != 0)
        {
            throw Failure(function, code);
        }
    }

    /// <summary>An error of the library, for people.</summary>
    public ClipException Failure(string where, int code) => new(ClipError.Unavailable, "NCCL failed", where,
        FormattableString.Invariant($"code {code}, {Marshal.PtrToStringUTF8((nint)GetErrorString(code))}"), "code 0",
        "NCCL_DEBUG=WARN tells more; go on with --resume latest.");

    /// <summary>How NCCL calls a number format that is reduced (<c>ncclDataType_t</c>).</summary>
    public static int TypeOf(ScalarType type) => type switch
    {
        ScalarType.Int64 => 4,
        ScalarType.Float32 => 7,
        ScalarType.Float64 => 8,
        _ => throw new ArgumentException($"Tensors of {type} are not reduced between processes.", nameof(type)),
    };

    /// <summary>How it calls an operation (<c>ncclRedOp_t</c>).</summary>
    public static int OperationOf(ReduceOp operation) => operation switch
    {
        ReduceOp.Sum => 0,
        ReduceOp.Max => 2,
        _ => 3,
    };

    private static NcclLibrary Of(nint library, string name)
    {
        return new()
        {
            GetVersion = (delegate* unmanaged[Cdecl]<int*, int>)Function("ncclGetVersion"),
            GetErrorString = (delegate* unmanaged[Cdecl]<int, byte*>)Function("ncclGetErrorString"),
            GetUniqueId = (delegate* unmanaged[Cdecl]<NcclId*, int>)Function("ncclGetUniqueId"),
            CommInitRank = (delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int>)Function("ncclCommInitRank"),
            CommDestroy = (delegate* unmanaged[Cdecl]<nint, int>)Function("ncclCommDestroy"),
            CommAbort = (delegate* unmanaged[Cdecl]<nint, int>)Function("ncclCommAbort"),
            CommGetAsyncError = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("ncclCommGetAsyncError"),
            AllReduce = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclAllReduce"),
            AllGather = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int>)Function("ncclAllGather"),
            ReduceScatter = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)
                Function("ncclReduceScatter"),
            Broadcast = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclBroadcast"),
            Send = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int>)Function("ncclSend"),
            Receive = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int>)Function("ncclRecv"),
            GroupStart = (delegate* unmanaged[Cdecl]<int>)Function("ncclGroupStart"),
            GroupEnd = (delegate* unmanaged[Cdecl]<int>)Function("ncclGroupEnd"),
        };

        nint Function(string function) => NativeLibrary.TryGetExport(library, function, out var address)
            ? address
            : throw new ClipException(ClipError.Unavailable, "The library is no NCCL that can be used", name,
                $"no function {function}", "NCCL 2.7 or later", Remedy);
    }
}
