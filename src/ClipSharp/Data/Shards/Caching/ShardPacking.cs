using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
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
    /// <param name="packed">At its beginning; seekable.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="written">Where the content goes, to be read back.</param>
    /// <param name="write">Writes it there, piece by piece.</param>
    /// <exception cref="InvalidDataException">It is damaged or ends too early.</exception>
    public static void Unpack(Stream packed, ReadOnlySpan<byte> head, Stream written, Action<ReadOnlySpan<byte>> write)
    {
        var isGzip = head[0] == 0x1F;
        using Stream plain = isGzip
            ? new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true)
            : new DecompressionStream(packed, BufferLength, checkEndOfStream: true, leaveOpen: true);
        var buffer = new byte[BufferLength];
        var (done, sum) = (0L, new Crc32());
        while (Read() is > 0 and var count)
        {
            write(buffer.AsSpan(0, count));
            sum.Append(buffer.AsSpan(0, count));
            done += count;
        }

        if (isGzip && !EndsAsGzip(packed, written, sum.GetCurrentHashAsUInt32()))
        {
            throw Damaged(done);
        }

        int Read()
        {
            try
            {
                return plain.Read(buffer, 0, buffer.Length);
            }
            catch (Exception e) when (e is ZstdException or EndOfStreamException or InvalidDataException)
            {
                throw Damaged(done, e);
            }
        }
    }

    // .NET takes a cut gzip file for a whole one. Its last eight bytes are sum and length of its last member, which mostly is
    // the only one.
    private static bool EndsAsGzip(Stream packed, Stream written, uint sumOfAll)
    {
        Span<byte> end = stackalloc byte[8];
        packed.Position = Math.Max(0, packed.Length - end.Length);
        if (packed.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) < end.Length)
        {
            return false;
        }

        var sum = BinaryPrimitives.ReadUInt32LittleEndian(end);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]);
        if (length == (uint)written.Length && sum == sumOfAll)
        {
            return true;
        }

        if (length > written.Length)
        {
            return false;
        }

        var last = new Crc32();
        written.Position = written.Length - length;
        last.Append(written);
        return sum == last.GetCurrentHashAsUInt32();
    }

    private static InvalidDataException Damaged(long done, Exception? inner = null) =>
        new($"its compression is damaged after {done} bytes of content", inner);
}
