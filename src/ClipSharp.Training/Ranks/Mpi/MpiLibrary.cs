using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Host;

namespace ClipSharp.Training.Ranks.Mpi;

/// <summary>The MPI library of this machine, found at run time, and the functions of it that are used. Nothing of it is called
/// before it is asked to begin.</summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>Names a library, before all others.</summary>
    public const string Variable = "CLIPSHARP_MPI";

    // The ABI's, Open MPI 4 and 5, upstream MPICH and Intel's, Debian's MPICH.
    private static readonly string[] Names = ["libmpi_abi.so.1", "libmpi.so.40", "libmpi.so.12", "libmpich.so.12"];
    private static readonly string[] MpichFirst = ["libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.1", "libmpi.so.40"];

    private readonly nint _library;

    private MpiLibrary(nint library, string name)
    {
        (_library, Name) = (library, name);
        Family = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _) ? MpiFamily.OpenMpi
            : name.Contains("mpi_abi", StringComparison.Ordinal) ? MpiFamily.Abi
            : MpiFamily.Mpich;
        Objects = MpiObjects.Of(Family, library);
        InitThread = (delegate* unmanaged[Cdecl]<nint, nint, int, int*, int>)Function("MPI_Init_thread");
        Complete = (delegate* unmanaged[Cdecl]<int>)Function("MPI_Finalize");
        Abort = (delegate* unmanaged[Cdecl]<nint, int, int>)Function("MPI_Abort");
        Rank = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_rank");
        Size = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_size");
        SplitType = (delegate* unmanaged[Cdecl]<nint, int, int, nint, nint*, int>)Function("MPI_Comm_split_type");
        Test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)Function("MPI_Test");
        AllReduce = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int>)Function("MPI_Iallreduce");
        AllGather = (delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int>)Function("MPI_Iallgather");
        ReduceScatter = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int>)
            Function("MPI_Ireduce_scatter_block");
        ReduceTo = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, int, nint, nint*, int>)Function("MPI_Ireduce");
        Broadcast = (delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int>)Function("MPI_Ibcast");
        Send = (delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int>)Function("MPI_Isend");
        Receive = (delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int>)Function("MPI_Irecv");
        Barrier = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Function("MPI_Ibarrier");
    }

    /// <summary>The file that was loaded.</summary>
    public string Name { get; }

    public MpiFamily Family { get; }

    public MpiObjects Objects { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, int*, int> InitThread { get; }

    public delegate* unmanaged[Cdecl]<int> Complete { get; }

    public delegate* unmanaged[Cdecl]<nint, int, int> Abort { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> Rank { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> Size { get; }

    public delegate* unmanaged[Cdecl]<nint, int, int, nint, nint*, int> SplitType { get; }

    /// <summary>Whether a call that was begun has ended; lets the library go on with it.</summary>
    public delegate* unmanaged[Cdecl]<nint*, int*, nint, int> Test { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int> AllReduce { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int> AllGather { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int> ReduceScatter { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, int, nint, nint*, int> ReduceTo { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int> Broadcast { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int> Send { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int> Receive { get; }

    public delegate* unmanaged[Cdecl]<nint, nint*, int> Barrier { get; }

    /// <summary>The library that <see cref="Variable"/> names, else the first of those known that is here.</summary>
    /// <param name="isMpich">Whether a launcher of MPICH's family has started this process: its library is looked for
    /// first.</param>
    /// <exception cref="ClipException">There is none (Unavailable).</exception>
    public static MpiLibrary Load(bool isMpich)
    {
        // UCX, inside Debian's MPICH, takes SIGSEGV for itself: then the first caught null reference would end the process.
        NativeEnvironment.SetDefault("UCX_ERROR_SIGNALS", "");
        var named = Environment.GetEnvironmentVariable(Variable);
        foreach (var name in named is { Length: > 0 } ? [named] : isMpich ? MpichFirst : Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new MpiLibrary(library, name);
            }
        }

        throw new ClipException(ClipError.Unavailable, "No MPI library was found",
            named is null ? "the library path" : Variable, named ?? "none of " + string.Join(", ", Names),
            "Open MPI 4 or 5, MPICH, or one with the ABI of MPI 5",
            $"Install one, such as libopenmpi3 or libmpich12 of Debian, or name its file by {Variable}.");
    }

    /// <summary>What the library calls itself, in one line.</summary>
    public string Version()
    {
        const int most = 8192; // the longest of all families
        var text = new byte[most];
        int length;
        fixed (byte* letters = text)
        {
            var version = (delegate* unmanaged[Cdecl]<byte*, int*, int>)Function("MPI_Get_library_version");
            _ = version(letters, &length);
        }

        return Encoding.UTF8.GetString(text.AsSpan(0, Math.Clamp(length, 0, most))).Split('\n', ',')[0].Trim('\0', ' ')
            .Replace('\t', ' ').Replace("      ", " ", StringComparison.Ordinal);
    }

    private nint Function(string name) => NativeLibrary.TryGetExport(_library, name, out var address)
        ? address
        : throw new ClipException(ClipError.Unavailable, "The library is no MPI library that can be used", Name,
            $"no function {name}", "MPI 3 or later", $"Name another by {Variable}.");
}
