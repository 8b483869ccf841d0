using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClipSharp.Files;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.ShardIndex;

/// <summary>The index of a shard on the disk: a head, a record for each sample, losses and notes. Written once, whole or not at
/// all; every part is read against its own hash, and no length is believed that the file does not have.</summary>
internal static class ShardIndexFile
{
    /// <summary>How names of such files end.</summary>
    public const string Ending = ".index";

    /// <summary>Writes it.</summary>
    /// <exception cref="ClipException">There is no place for it.</exception>
    public static void Write(string path, ShardIndexHeader header, ReadOnlySpan<ShardRecord> records, byte[] tail)
    {
        var bytes = MemoryMarshal.AsBytes(records).ToArray();
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header.ToBytes());
            stream.Write(bytes);
            stream.Write(tail);
        });
    }

    /// <summary>The head, with losses and notes; the records are left where they are.</summary>
    /// <param name="path">Where it would be.</param>
    /// <returns>Null where there is none, or it is damaged or of another version.</returns>
    public static (ShardIndexHeader Header, ShardIndexTail Tail)? TryOpen(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> head = stackalloc byte[ShardIndexHeader.Size];
            if (SteadyRead.At(file, path, head, 0) != head.Length || ShardIndexHeader.Parse(head) is not { } header
                || RandomAccess.GetLength(file) != header.FileLength)
            {
                return null;
            }

            if (header.TailLength == 0)
            {
                return (header, ShardIndexTail.None);
            }

            var bytes = new byte[header.TailLength];
            var count = SteadyRead.At(file, path, bytes, header.FileLength - header.TailLength);
            return count == bytes.Length && ShardIndexTail.Parse(bytes, header.TailHash) is { } tail ? (header, tail) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The records; null where they are damaged or no longer there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">Its head, as it was opened.</param>
    public static ShardRecord[]? TryReadRecords(string path, ShardIndexHeader header)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (RandomAccess.GetLength(file) != header.FileLength || header.Samples > Array.MaxLength / ShardRecord.Size)
            {
                return null;
            }

            var records = new ShardRecord[header.Samples];
            var bytes = MemoryMarshal.AsBytes(records.AsSpan());
            return SteadyRead.At(file, path, bytes, ShardIndexHeader.Size) == bytes.Length
                && XxHash128.HashToUInt128(bytes) == header.RecordsHash ? records : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
