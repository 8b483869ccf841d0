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

    /// <summary>Checks the checksum, once: when the first tensor of the record is read, so that opening a file reads its structure
    /// only. The bytes are read beside the map, whose pages would count as memory.</summary>
    /// <exception cref="ClipException">The bytes were damaged.</exception>
    public void Verify()
    {
        if (_isVerified)
        {
            return;
        }

        var hash = new Crc32();
        var buffer = new byte[Math.Min(length, 1 << 18)];
        for (long done = 0; done < length; done += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            file.Read(offset + done, part);
            hash.Append(part);
        }

        var found = hash.GetCurrentHashAsUInt32();
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
            throw ZipDirectory.Damaged(file.Path, offset, $"{name} cannot be read", isStored ? $"{length} bytes" : "compressed bytes",
                $"at most {most} bytes, stored");
        }

        Verify();
        return file.Span(offset, (int)length);
    }
}
