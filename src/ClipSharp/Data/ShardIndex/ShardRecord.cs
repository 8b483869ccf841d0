using System.Runtime.InteropServices;

namespace ClipSharp.Data.ShardIndex;

/// <summary>What is kept of a sample: where its piece of the tar is, and which caption it has.</summary>
/// <param name="StartBlock">The first block of 512 bytes of its members, their headers included.</param>
/// <param name="Blocks">How many.</param>
/// <param name="CaptionHash">Of its first caption.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ShardRecord(uint StartBlock, uint Blocks, ulong CaptionHash)
{
    /// <summary>Bytes of a tar's block.</summary>
    public const int BlockSize = 512;

    /// <summary>Bytes of a record.</summary>
    public const int Size = 16;

    /// <summary>The longest tar that records can name, in bytes: 2 TiB.</summary>
    public const long LongestShard = (long)BlockSize << 32;

    /// <summary>The first byte of the piece.</summary>
    public long Start => (long)StartBlock * BlockSize;

    /// <summary>One past its last byte; the last piece of a cut tar may end before.</summary>
    public long End => Start + ((long)Blocks * BlockSize);
}
