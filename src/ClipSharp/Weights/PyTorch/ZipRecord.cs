using System.Buffers;
using System.IO.Hashing;

namespace ClipSharp.Weights.PyTorch;

/// <summary>One record of a zip file.</summary>
/// <param name="file">The zip file.</param>
/// <param name="name">Its name, the root folder included.</param>
/// <param name="header">Where its local header begins.</param>
/// <param name="offset">Where its bytes begin.</param>
/// <param name="length">Its bytes as stored.</param>
/// <param name="isStored">Whether they are stored as they are; others are never read.</param>
/// <param name="crc">The checksum that the file promises.</param>
internal sealed class ZipRecord(MappedFile file, string name, long header, long offset, long length, bool isStored, uint crc)
{
    private bool _isVerified;

    public string Name => name;

    public long Header => header;

    public long Offset => offset;

    public long Length => length;

    public bool IsStored => isStored;

    /// <summary>Checks the checksum, once: when the first tensor of the record is read, so that opening a file reads its
    /// structure only. The bytes are read beside the map, whose pages would count as memory.</summary>
    /// <exception cref="ClipException">The bytes were damaged.</exception>
    public void Verify()
    {
        if (_isVerified)
        {
            return;
        }

        var hash = new Crc32();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, 1 << 18));
        for (long done = 0; done < length; done += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            file.Read(offset + done, part);
            hash.Append(part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        Compare(hash.GetCurrentHashAsUInt32());
    }

    /// <summary>Copies bytes, verified. All of them are read once only.</summary>
    /// <param name="from">The first one, counted from the record's.</param>
    /// <param name="destination">As many as are wanted.</param>
    /// <exception cref="ClipException">The bytes were damaged.</exception>
    public void Read(long from, Span<byte> destination)
    {
        var isWhole = destination.Length == length;
        if (!isWhole)
        {
            Verify();
        }

        file.Read(offset + from, destination);
        if (isWhole && !_isVerified)
        {
            Compare(Crc32.HashToUInt32(destination));
        }
    }

    private void Compare(uint found)
    {
        if (found != crc)
        {
            throw ZipDirectory.Damaged(file.Path, offset, $"{name} was damaged", $"checksum {found:x8}", $"{crc:x8}");
        }

        _isVerified = true;
    }

    /// <summary>The bytes, verified.</summary>
    /// <param name="most">More are refused.</param>
    public ReadOnlySpan<byte> Bytes(int most)
    {
        if (!isStored || length > most)
        {
            throw ZipDirectory.Damaged(file.Path, offset, $"{name} cannot be read",
                isStored ? $"{length} bytes" : "compressed bytes",
                $"at most {most} bytes, stored");
        }

        Verify();
        return file.Span(offset, (int)length);
    }
}
