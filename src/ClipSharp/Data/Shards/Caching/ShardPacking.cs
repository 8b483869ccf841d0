using System.IO.Compression;
using ZstdSharp;

namespace ClipSharp.Data.Shards.Caching;

/// <summary>How a shard is packed as a whole, told by its first bytes and not by its name.</summary>
internal static class ShardPacking
{
    /// <summary>How many first bytes tell it.</summary>
    public const int HeadLength = 4;

    private const int BufferLength = 1 << 18;

    /// <summary>Whether it is one that is unpacked: gzip or Zstandard, which may begin with a frame to pass over.</summary>
    public static bool IsPacked(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || (head.Length >= HeadLength && head[0] >> 4 == 5 && head[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]));

    /// <summary>Unpacks all of it.</summary>
    /// <param name="packed">At its beginning.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="write">Gets the content, piece by piece.</param>
    /// <exception cref="InvalidDataException">It is damaged or ends too early.</exception>
    public static void Unpack(Stream packed, ReadOnlySpan<byte> head, Action<ReadOnlySpan<byte>> write)
    {
        using Stream plain = head[0] == 0x1F
            ? new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true)
            : new DecompressionStream(packed, BufferLength, checkEndOfStream: true, leaveOpen: true);
        var buffer = new byte[BufferLength];
        var done = 0L;
        while (Read() is > 0 and var count)
        {
            write(buffer.AsSpan(0, count));
            done += count;
        }

        int Read()
        {
            try
            {
                return plain.Read(buffer, 0, buffer.Length);
            }
            catch (Exception e) when (e is ZstdException or EndOfStreamException or InvalidDataException)
            {
                throw new InvalidDataException($"its compression is damaged after {done} bytes of content", e);
            }
        }
    }
}
