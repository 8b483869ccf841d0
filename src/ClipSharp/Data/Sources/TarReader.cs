using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using ClipSharp.Data.Index;

namespace ClipSharp.Data.Sources;

/// <summary>A file in a tar, or a link or device under a file's name.</summary>
/// <param name="Name">The whole name; bytes that are not UTF-8 are written <c>\xHH</c>, so that different names stay
/// different.</param>
/// <param name="Offset">Where its data begins in the tar.</param>
/// <param name="Length">Bytes of data; all of them lie within the tar.</param>
/// <param name="IsFile">Whether it is a regular file; a link or a device has no data.</param>
/// <param name="Start">Where the tar is read from to meet it: what lies before belongs to others.</param>
/// <param name="End">Where the next one's headers may begin.</param>
internal readonly record struct TarEntry(string Name, long Offset, long Length, bool IsFile, long Start, long End);

/// <summary>Why reading a tar ended before its end.</summary>
/// <param name="Reason">TruncatedShard, CorruptShard, CompressedShard or NotAShard.</param>
/// <param name="Position">The byte of the header that could not be followed.</param>
/// <param name="Detail">What is wrong, in words.</param>
/// <param name="Member">The entry that was cut, where its name is known.</param>
internal sealed record TarFault(SkipReason Reason, long Position, string Detail, string? Member = null);

/// <summary>Walks the headers of a tar (POSIX ustar and pax, GNU long names, base-256 sizes) without reading the data.
/// Folders are passed over; links and devices are entries without data. What cannot be followed ends the walk and is a value,
/// <see cref="Fault"/>: no content makes it throw.</summary>
internal sealed class TarReader
{
    private const int BlockSize = 512;
    private const int MaxLongName = 64 << 10;
    private const int MaxPaxHeader = 1 << 20;

    private readonly Stream _stream;
    private readonly long _length;
    private readonly byte[] _block = new byte[BlockSize];
    private long _next;
    private bool _finished;

    /// <param name="stream">Seekable; others may move its position between calls.</param>
    /// <param name="start">Where to begin: 0, or the start of an entry.</param>
    public TarReader(Stream stream, long start = 0)
    {
        (_stream, _next) = (stream, start);
        _length = stream.Length;
    }

    /// <summary>Why the walk ended early, or null.</summary>
    public TarFault? Fault { get; private set; }

    /// <summary>Whether an end-of-archive block was met. Without one, a cut between two entries cannot be seen.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Whether entries follow the end of the archive (two zero blocks); they are not read.</summary>
    public bool HasDataAfterEnd { get; private set; }

    /// <summary>The next entry that is no folder; false at the end and at a fault.</summary>
    public bool TryNext(out TarEntry entry)
    {
        entry = default;
        string? longName = null;
        long? longSize = null;
        var begin = _next;
        while (!_finished && Fault is null)
        {
            var start = _next;
            if (!ReadHeader(ref start))
            {
                if (longName is not null && Fault is null)
                {
                    Fail(SkipReason.CorruptShard, start, "an extended header is followed by no entry");
                }

                return false;
            }

            if (!TryParseNumber(_block.AsSpan(124, 12), out var size))
            {
                return Fail(SkipReason.CorruptShard, start, "the size field is no number");
            }

            var type = _block[156];
            var isExtension = type is (byte)'L' or (byte)'K' or (byte)'x' or (byte)'g';
            size = type switch
            {
                >= (byte)'1' and <= (byte)'6' => 0, // links, devices and folders have no data
                _ => isExtension ? size : longSize ?? size,
            };
            var data = start + BlockSize;
            var name = isExtension ? null : longName ?? HeaderName();
            if (size > _length - data)
            {
                return Fail(SkipReason.TruncatedShard, start,
                    string.Create(CultureInfo.InvariantCulture,
                        $"an entry of {size} bytes, {Math.Max(0, _length - data)} are left"), name);
            }

            _next = data + ((size + BlockSize - 1) / BlockSize * BlockSize);
            switch (type)
            {
                case (byte)'L' when size > MaxLongName:
                case (byte)'x' or (byte)'g' when size > MaxPaxHeader:
                    return Fail(SkipReason.CorruptShard, start, "an extended header over the limit");
                case (byte)'L':
                    longName = DecodeName(ReadData(data, (int)size));
                    break;
                case (byte)'x':
                    if (!ParsePax(ReadData(data, (int)size), ref longName, ref longSize))
                    {
                        return Fail(SkipReason.CorruptShard, start, "an extended header that cannot be read, or a sparse file");
                    }

                    break;
                case (byte)'K' or (byte)'g':
                    break;
                case (byte)'S':
                    return Fail(SkipReason.CorruptShard, start, "a sparse file");
                case var _ when type == (byte)'5' || name!.Length == 0 || name.EndsWith('/'):
                    (longName, longSize) = (null, null); // a folder
                    begin = _next;
                    break;
                default:
                    var isFile = type is (byte)'0' or 0 or (byte)'7';
                    entry = new TarEntry(name!, data, isFile ? size : 0, isFile, begin, Math.Min(_next, _length));
                    return true;
            }
        }

        return false;
    }

    // False at the end of the archive or at a fault.
    private bool ReadHeader(ref long start)
    {
        var read = ReadBlock(start);
        var isZero = !_block.AsSpan(0, read).ContainsAnyExcept((byte)0);
        if (read == BlockSize && isZero)
        {
            // One zero block between entries is a known fault of old writers: the walk goes on. Two are the end.
            HasEnd = true;
            start += BlockSize;
            read = ReadBlock(start);
            isZero = !_block.AsSpan(0, read).ContainsAnyExcept((byte)0);
            if (isZero)
            {
                HasDataAfterEnd = read == BlockSize && ReadBlock(start + BlockSize) == BlockSize
                    && _block.AsSpan().ContainsAnyExcept((byte)0);
            }
        }

        if (isZero)
        {
            _finished = true;
            return false;
        }

        if (start == 0 && IsCompressed(_block.AsSpan(0, read)))
        {
            return Fail(SkipReason.CompressedShard, 0, "a compressed file; unpack it to a plain .tar");
        }

        if (read < BlockSize)
        {
            return Fail(SkipReason.TruncatedShard, start,
                string.Create(CultureInfo.InvariantCulture, $"a header of {read} bytes"));
        }

        if (HasValidChecksum())
        {
            return true;
        }

        if (start == 0 && !_block.AsSpan(257, 5).SequenceEqual("ustar"u8))
        {
            return Fail(SkipReason.NotAShard, 0, "no tar; a failed download often leaves an HTML page");
        }

        return Fail(SkipReason.CorruptShard, start, "a header with a wrong checksum");
    }

    private int ReadBlock(long position)
    {
        if (position >= _length)
        {
            return 0;
        }

        _stream.Position = position;
        return _stream.ReadAtLeast(_block, BlockSize, throwOnEndOfStream: false);
    }

    private byte[] ReadData(long offset, int length)
    {
        var data = new byte[length];
        _stream.Position = offset;
        _stream.ReadExactly(data);
        return data;
    }

    private bool Fail(SkipReason reason, long position, string detail, string? member = null)
    {
        Fault = new TarFault(reason, position, detail, member);
        return false;
    }

    // POSIX sums unsigned bytes; some old writers summed signed ones.
    private bool HasValidChecksum()
    {
        var field = _block.AsSpan(148, 8);
        if (!TryParseNumber(field, out var stored))
        {
            return false;
        }

        // The field itself counts as blanks.
        Span<byte> block = stackalloc byte[BlockSize];
        _block.CopyTo(block);
        block.Slice(148, 8).Fill((byte)' ');
        if (SumOf(block) == stored)
        {
            return true;
        }

        var signed = 0L;
        foreach (var value in block)
        {
            signed += (sbyte)value;
        }

        return stored == signed;
    }

    // Eight bytes at a time, the even and the odd ones in four fields of 16 bits, which 128 of them cannot fill.
    private static long SumOf(ReadOnlySpan<byte> block)
    {
        const ulong Fields = 0x00FF_00FF_00FF_00FF;
        var sums = 0UL;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(block))
        {
            sums += (word & Fields) + ((word >> 8) & Fields);
        }

        return (long)((sums & 0xFFFF) + ((sums >> 16) & 0xFFFF) + ((sums >> 32) & 0xFFFF) + (sums >> 48));
    }

    private string HeaderName()
    {
        var name = UntilNul(_block.AsSpan(0, 100));
        var prefix = UntilNul(_block.AsSpan(345, 155));
        var isUstar = _block.AsSpan(257, 6).SequenceEqual("ustar\0"u8); // GNU's "ustar " keeps times there
        return isUstar && prefix.Length > 0 ? DecodeName(prefix) + "/" + DecodeName(name) : DecodeName(name);
    }

    private static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static string DecodeName(ReadOnlySpan<byte> bytes)
    {
        bytes = UntilNul(bytes);
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var name = new StringBuilder();
        foreach (var b in bytes)
        {
            _ = b < 0x80 ? name.Append((char)b) : name.Append(CultureInfo.InvariantCulture, $"\\x{b:X2}");
        }

        return name.ToString();
    }

    // Octal digits with blanks around, or GNU's base-256 (high bit set; negative numbers are refused).
    private static bool TryParseNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
        {
            if (field[0] != 0x80 || field[..^8].ContainsAnyExcept((byte)0, (byte)0x80))
            {
                return false;
            }

            value = field.Length > 8 ? BinaryPrimitives.ReadInt64BigEndian(field[^8..]) : -1;
            return value >= 0;
        }

        var digits = field.Trim(" \0"u8);
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0'); // 11 digits at most: 33 bits
        }

        return true;
    }

    // Records "length key=value\n"; only path and size matter here.
    private static bool ParsePax(ReadOnlySpan<byte> data, ref string? path, ref long? size)
    {
        while (!data.IsEmpty)
        {
            var blank = data.IndexOf((byte)' ');
            if (blank is < 1 or > 7 || !TryParseDecimal(data[..blank], out var length)
                || length <= blank + 1 || length > data.Length || data[(int)length - 1] != '\n')
            {
                return false;
            }

            var record = data[(blank + 1)..((int)length - 1)];
            data = data[(int)length..];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1 || record.StartsWith("GNU.sparse."u8))
            {
                return false;
            }

            var value = record[(equals + 1)..];
            if (record[..equals].SequenceEqual("path"u8))
            {
                if (value.IsEmpty || value.Length > MaxLongName || value.Contains((byte)0))
                {
                    return false;
                }

                path = DecodeName(value);
            }
            else if (record[..equals].SequenceEqual("size"u8))
            {
                if (!TryParseDecimal(value, out var given))
                {
                    return false;
                }

                size = given;
            }
        }

        return true;
    }

    private static bool TryParseDecimal(ReadOnlySpan<byte> digits, out long value) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool IsCompressed(ReadOnlySpan<byte> head) =>
        head.StartsWith("\u001f"u8) && head.Length > 1 && head[1] == 0x8B // gzip
        || head.StartsWith("BZh"u8)
        || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) // zstandard
        || head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A]); // xz
}
