using System.Runtime.InteropServices;

namespace ClipSharp.Training.Ranks.Nccl;

/// <summary>What processes meet by (<c>ncclUniqueId</c>): bytes that one of them asks the library for and gives to all. It goes
/// into calls by value.</summary>
[StructLayout(LayoutKind.Sequential, Size = Length)]
internal unsafe struct NcclId
{
    /// <summary>Bytes of it (<c>NCCL_UNIQUE_ID_BYTES</c>).</summary>
    public const int Length = 128;

    private fixed byte _bytes[Length];

    /// <summary>Takes it out of as many bytes.</summary>
    public static NcclId Of(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<NcclId>(bytes);

    /// <summary>Its bytes.</summary>
    public readonly byte[] ToArray()
    {
        var bytes = new byte[Length];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }
}
