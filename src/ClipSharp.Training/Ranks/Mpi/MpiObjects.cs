using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipSharp.Training.Ranks.Mpi;

/// <summary>The handles and constants of an MPI library. All handles are as wide as a pointer; MPICH's are integers, which the
/// calling conventions of 64-bit processors pass alike.</summary>
internal sealed record MpiObjects
{
    public required nint World { get; init; }

    public required nint Sum { get; init; }

    public required nint Max { get; init; }

    public required nint Min { get; init; }

    public required nint Float { get; init; }

    public required nint Double { get; init; }

    public required nint Byte { get; init; }

    public required nint Int64 { get; init; }

    public required nint NoInfo { get; init; }

    /// <summary>In the place of a buffer: the other one is both.</summary>
    public required nint InPlace { get; init; }

    public required nint IgnoreStatus { get; init; }

    /// <summary>Several threads may call, one at a time.</summary>
    public required int Serialized { get; init; }

    /// <summary>Processes that share memory.</summary>
    public required int SharedMemory { get; init; }

    /// <summary>Those of a library.</summary>
    public static MpiObjects Of(MpiFamily family, nint library) => family switch
    {
        MpiFamily.OpenMpi => new()
        {
            World = NativeLibrary.GetExport(library, "ompi_mpi_comm_world"),
            Sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
            Max = NativeLibrary.GetExport(library, "ompi_mpi_op_max"),
            Min = NativeLibrary.GetExport(library, "ompi_mpi_op_min"),
            Float = NativeLibrary.GetExport(library, "ompi_mpi_float"),
            Double = NativeLibrary.GetExport(library, "ompi_mpi_double"),
            Byte = NativeLibrary.GetExport(library, "ompi_mpi_byte"),
            Int64 = NativeLibrary.GetExport(library, "ompi_mpi_int64_t"),
            NoInfo = NativeLibrary.GetExport(library, "ompi_mpi_info_null"),
            InPlace = 1,
            IgnoreStatus = 0,
            Serialized = 2,
            SharedMemory = 0,
        },
        MpiFamily.Mpich => new()
        {
            World = 0x44000000,
            Sum = 0x58000003,
            Max = 0x58000001,
            Min = 0x58000002,
            Float = 0x4c00040a,
            Double = 0x4c00080b,
            Byte = 0x4c00010d,
            Int64 = 0x4c00083a,
            NoInfo = 0x1c000000,
            InPlace = -1,
            IgnoreStatus = 1,
            Serialized = 2,
            SharedMemory = 1,
        },
        _ => new()
        {
            World = 0x101,
            Sum = 0x21,
            Max = 0x23,
            Min = 0x22,
            Float = 0x210,
            Double = 0x214,
            Byte = 0x247,
            Int64 = 0x258,
            NoInfo = 0x130,
            InPlace = 1,
            IgnoreStatus = 0,
            Serialized = 2048,
            SharedMemory = 221,
        },
    };

    /// <summary>How MPI calls a number format.</summary>
    public nint TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => Float,
        ScalarType.Float64 => Double,
        ScalarType.Int64 => Int64,
        _ => throw new ArgumentException($"Tensors of {type} are not reduced between processes.", nameof(type)),
    };

    public nint OperationOf(ReduceOp operation) => operation switch
    {
        ReduceOp.Sum => Sum,
        ReduceOp.Max => Max,
        _ => Min,
    };
}
