using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ClipSharp.Weights.PyTorch;

/// <summary>Writes a zip file of stored records into a stream that need not seek. Every record's bytes begin on a 64-byte bound,
/// by an extra field of PyTorch's (<c>FB</c>) filled with Z; 64-bit fields stand only where 32 bits do not reach.</summary>
/// <param name="stream">Written from its position on, which counts as the file's beginning.</param>
internal sealed class StoredZipWriter(Stream stream)
{
    private const int Alignment = 64;
    private const int ExtraHead = 4;
    private const ushort PlainVersion = 20;
    private const ushort WideVersion = 45;

    // 1980-01-01 00:00: the earliest there is; files do not differ by when they were written.
    private const uint NoTime = 0x0021_0000;

    private readonly List<(byte[] Name, uint Crc, uint Length, long Header)> _records = [];
    private long _at;

    /// <summary>Adds a record of less than 2 GiB.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        var (bytes, crc, header) = (Encoding.UTF8.GetBytes(name), Crc32.HashToUInt32(content), _at);
        const int length = 30;
        var padding = (int)((Alignment - ((_at + length + bytes.Length + ExtraHead) % Alignment)) % Alignment);
        var record = new Fields(length);
        record.Four(0x04034b50).Two(PlainVersion).Two(0).Two(0).Four(NoTime).Four(crc).Four((uint)content.Length)
            .Four((uint)content.Length)
            .Two((ushort)bytes.Length).Two((ushort)(ExtraHead + padding));
        Put(record.Bytes);
        Put(bytes);
        Put(new Fields(ExtraHead).Two('F' | ('B' << 8)).Two((ushort)padding).Bytes);
        Put(Enumerable.Repeat((byte)'Z', padding).ToArray());
        Put(content);
        _records.Add((bytes, crc, (uint)content.Length, header));
    }

    /// <summary>Writes the directory.</summary>
    public void Finish()
    {
        var start = _at;
        foreach (var (name, crc, length, header) in _records)
        {
            var isWide = header >= uint.MaxValue;
            var record = new Fields(46);
            record.Four(0x02014b50).Two(PlainVersion).Two(isWide ? WideVersion : PlainVersion).Two(0).Two(0).Four(NoTime)
                .Four(crc)
                .Four(length).Four(length).Two((ushort)name.Length).Two((ushort)(isWide ? 12 : 0)).Two(0).Two(0).Two(0).Four(0)
                .Four(Short(header));
            Put(record.Bytes);
            Put(name);
            if (isWide)
            {
                Put(new Fields(12).Two(1).Two(8).Eight(header).Bytes);
            }
        }

        var (end, count) = (_at, _records.Count);
        if (start >= uint.MaxValue || end - start >= uint.MaxValue || count >= ushort.MaxValue)
        {
            Put(new Fields(56).Four(0x06064b50).Eight(44).Two(WideVersion).Two(WideVersion).Four(0).Four(0).Eight(count)
                .Eight(count)
                .Eight(end - start).Eight(start).Bytes);
            Put(new Fields(20).Four(0x07064b50).Four(0).Eight(end).Four(1).Bytes);
        }

        var shortCount = (ushort)Math.Min(count, ushort.MaxValue);
        Put(new Fields(22).Four(0x06054b50).Two(0).Two(0).Two(shortCount).Two(shortCount).Four(Short(end - start))
            .Four(Short(start)).Two(0).Bytes);
    }

    private static uint Short(long value) => (uint)Math.Min(value, uint.MaxValue);

    private void Put(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _at += bytes.Length;
    }

    // Little-endian fields, one behind the other.
    private sealed class Fields(int length)
    {
        private int _at;

        public byte[] Bytes { get; } = new byte[length];

        public Fields Two(int value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Next(2), (ushort)value);
            return this;
        }

        public Fields Four(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);
            return this;
        }

        public Fields Eight(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Next(8), value);
            return this;
        }

        private Span<byte> Next(int size)
        {
            _at += size;
            return Bytes.AsSpan(_at - size, size);
        }
    }
}
