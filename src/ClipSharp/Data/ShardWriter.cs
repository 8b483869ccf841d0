using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Files;

namespace ClipSharp.Data;

/// <summary>Writes WebDataset shards: POSIX ustar, members sorted by key and then by extension, times and owners zero, so that
/// equal content gives equal bytes.</summary>
public static class ShardWriter
{
    private const int BlockSize = 512;
    private const int MaxNameLength = 100;

    /// <summary>Writes one shard; a reader sees the whole of it or nothing.</summary>
    /// <param name="path">The tar to write.</param>
    /// <param name="members">The files, in any order. A name is "key.extension": printable ASCII, at most 100 characters.</param>
    /// <exception cref="ArgumentException">A name is unusable or repeats.</exception>
    /// <exception cref="ClipException">The shard cannot be written.</exception>
    public static void Write(string path, IEnumerable<ShardMember> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var sorted = members.OrderBy(m => m.Key, StringComparer.Ordinal).ThenBy(m => m.Extension, StringComparer.Ordinal)
            .ToArray();
        for (var i = 0; i < sorted.Length; i++)
        {
            var name = sorted[i].Name;
            if (name.Length is 0 or > MaxNameLength || name.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                throw new ArgumentException($"\"{name}\" is no member name: 1 to {MaxNameLength} printable ASCII characters.",
                    nameof(members));
            }

            if (i > 0 && name == sorted[i - 1].Name)
            {
                throw new ArgumentException($"The member {name} is there twice.", nameof(members));
            }
        }

        AtomicFile.Write(path, stream =>
        {
            Span<byte> block = stackalloc byte[BlockSize];
            foreach (var member in sorted)
            {
                FillHeader(block, member.Name, member.Data.Length);
                stream.Write(block);
                stream.Write(member.Data.Span);
                block.Clear();
                stream.Write(block[..((BlockSize - (member.Data.Length % BlockSize)) % BlockSize)]);
            }

            block.Clear();
            stream.Write(block);
            stream.Write(block);
        });
    }

    private static void FillHeader(Span<byte> header, string name, int length)
    {
        header.Clear();
        Encoding.ASCII.GetBytes(name, header);
        "0000644\0"u8.CopyTo(header[100..]); // mode
        "0000000\0"u8.CopyTo(header[108..]); // owner
        "0000000\0"u8.CopyTo(header[116..]); // group
        WriteOctal(header.Slice(124, 12), length);
        WriteOctal(header.Slice(136, 12), 0); // time
        header[156] = (byte)'0'; // a regular file
        "ustar\00000"u8.CopyTo(header[257..]);

        // The checksum sums the header with blanks in its own place.
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
        {
            sum += value;
        }

        WriteOctal(header.Slice(148, 7), sum);
    }

    private static void WriteOctal(Span<byte> field, int value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
        {
            field[i] = (byte)('0' + (value & 7));
        }

        field[^1] = 0;
    }
}
