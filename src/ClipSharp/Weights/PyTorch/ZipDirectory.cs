using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ClipSharp.Weights.PyTorch;

/// <summary>The records of a zip file as PyTorch writes it (PKWARE's APPNOTE 4.3; PyTorch's <c>caffe2/serialize</c>). The central
/// directory leads and every local header must agree with it: two readers that see different files in the same bytes are how
/// scanners are deceived. Names are unique, without tricks, under one root folder; records do not overlap; nothing follows the
/// end.</summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int LocatorLength = 20;
    private const int End64Length = 56;
    private const int CentralLength = 46;
    private const int LocalLength = 30;
    private const int MaxRecords = 100_000;
    private const int MaxNameLength = 512;
    private const int Stored = 0;
    private const int Deflated = 8;
    private const int HasDescriptor = 1 << 3;

    // Encryption in its three kinds, and patches.
    private const int Refused = 0x2061;

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipRecord> _records = [];

    private ZipDirectory(MappedFile file) => _file = file;

    /// <summary>Records by name, without the root folder.</summary>
    public IReadOnlyDictionary<string, ZipRecord> Records => _records;

    /// <summary>Whether a file's first bytes are a record's header with a method that is read.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head) => head is [(byte)'P', (byte)'K', 3, 4, _, _, _, _, Stored or Deflated, ..];

    /// <exception cref="ClipException">It breaks a rule of the format.</exception>
    public static ZipDirectory Read(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        var (start, end, count) = directory.ReadEnd();
        directory.ReadRecords(start, end, count);
        return directory;
    }

    private (long Start, long End, long Count) ReadEnd()
    {
        var at = _file.Length - EndLength;
        if (at < 0 || !Has(at, 0x06054b50) || Two(at + 20) != 0)
        {
            throw Bad(Math.Max(at, 0), "the file does not end with a directory", "something else, or a comment",
                "an end record without comment");
        }

        if (Two(at + 4) != 0 || Two(at + 6) != 0 || Two(at + 8) != Two(at + 10))
        {
            throw Bad(at, "the file is a part of several", "disk numbers", "one disk");
        }

        long count = Two(at + 10), size = Four(at + 12), start = Four(at + 16), end = at;
        if (at >= LocatorLength && Has(at - LocatorLength, 0x07064b50))
        {
            end = ReadEnd64(at - LocatorLength, ref count, ref size, ref start);
        }

        if (size != end - start)
        {
            throw Bad(at, "the directory lies elsewhere", $"offset {start}, {size} bytes", $"bytes up to {end}");
        }

        return count <= Math.Min(MaxRecords, size / CentralLength)
            ? (start, end, count)
            : throw Bad(at, "the number of records is impossible", $"{count}",
                $"at most {Math.Min(MaxRecords, size / CentralLength)}");
    }

    // A 64-bit value counts only where the short field is all ones; elsewhere the two must agree.
    private long ReadEnd64(long locator, ref long count, ref long size, ref long start)
    {
        var at = Eight(locator + 8);
        if (at != locator - End64Length || !Has(at, 0x06064b50) || Eight(at + 4) != End64Length - 12
            || Four(locator + 4) != 0 || Four(locator + 16) != 1 || Four(at + 16) != 0 || Four(at + 20) != 0
                || Eight(at + 24) != Eight(at + 32))
        {
            throw Bad(locator, "the 64-bit end record is not sound", "something else", $"one at {locator - End64Length}");
        }

        Widen(ref count, ushort.MaxValue, Eight(at + 32), at);
        Widen(ref size, uint.MaxValue, Eight(at + 40), at);
        Widen(ref start, uint.MaxValue, Eight(at + 48), at);
        return at;
    }

    private void Widen(ref long value, long allOnes, long wide, long at)
    {
        if (value != allOnes && value != wide)
        {
            throw Bad(at, "the short and the 64-bit end record disagree", $"{wide}", $"{value}");
        }

        value = wide;
    }

    private void ReadRecords(long at, long end, long count)
    {
        var start = at;
        string? root = null;
        for (var i = 0L; i < count; i++)
        {
            var record = ReadRecord(ref at, start, end);
            var slash = record.Name.IndexOf('/');
            var folder = slash < 0 ? string.Empty : record.Name[..slash];
            root ??= folder;
            if (slash < 0 || folder != root)
            {
                throw Bad(record.Header, "the records have not one root folder", record.Name,
                    root.Length == 0 ? "root/name" : $"{root}/");
            }

            if (!_records.TryAdd(record.Name[(slash + 1)..], record))
            {
                throw Bad(record.Header, "a name stands twice", record.Name, "each name once");
            }
        }

        if (at != end)
        {
            throw Bad(at, "the directory goes on after its records", $"{end - at} bytes", "none");
        }

        CheckOverlap();
    }

    private ZipRecord ReadRecord(ref long at, long directory, long end)
    {
        if (end - at < CentralLength || !Has(at, 0x02014b50))
        {
            throw Bad(at, "a record of the directory is missing", "something else", "its signature");
        }

        int flags = Two(at + 8), method = Two(at + 10), nameLength = Two(at + 28), extraLength = Two(at + 30),
            commentLength = Two(at + 32);
        var next = at + CentralLength + nameLength + extraLength + commentLength;
        if (next > end)
        {
            throw Bad(at, "a record of the directory is cut", $"{end - at} bytes", $"{next - at}");
        }

        var name = Name(at + CentralLength, nameLength);
        long stored = Four(at + 20), length = Four(at + 24), header = Four(at + 42);
        var extra = at + CentralLength + nameLength;
        ReadWide(_file.Span(extra, extraLength), extra, ref length, ref stored, ref header);
        if ((flags & Refused) != 0 || method is not (Stored or Deflated) || (method == Stored && stored != length)
            || Two(at + 34) != 0)
        {
            throw Bad(at, $"{name} is stored in a way that is not read",
                $"flags {flags:x}, method {method}, {stored} of {length} bytes",
                "stored or deflated, not encrypted, on one disk");
        }

        var offset = CheckLocal(header, directory, at, name, nameLength, stored, length);
        var record = new ZipRecord(_file, name, header, offset, stored, method == Stored, (uint)Four(at + 16));
        at = next;
        return record;
    }

    private long CheckLocal(long header, long directory, long central, string name, int nameLength, long stored, long length)
    {
        // Read beside the map: the first touch of a page maps those around it, and headers lie all over the file.
        Span<byte> local = stackalloc byte[LocalLength];
        if (header <= directory - LocalLength)
        {
            _file.Read(header, local);
        }

        if (Four(local) != 0x04034b50)
        {
            throw Bad(central, $"{name} has no local header", $"offset {header}", "one before the directory");
        }

        int flags = Two(local[6..]), extraLength = Two(local[28..]);
        var offset = header + LocalLength + Two(local[26..]) + extraLength;
        var rest = new byte[nameLength + extraLength];
        if (Two(local[26..]) == nameLength && offset <= directory - stored)
        {
            _file.Read(header + LocalLength, rest);
        }

        // A name that was not read is all zeros, as none is.
        if (!rest.AsSpan(0, nameLength).SequenceEqual(_file.Span(central + CentralLength, nameLength)))
        {
            throw Bad(header, $"the local header of {name} disagrees with the directory", "another name or length", name);
        }

        long localStored = Four(local[18..]), localLength = Four(local[22..]), none = 0;
        ReadWide(rest.AsSpan(nameLength), header + LocalLength + nameLength, ref localLength, ref localStored, ref none);
        var later = (flags & HasDescriptor) != 0;
        if (flags != Two(central + 8) || Two(local[8..]) != Two(central + 10)
            || !Agrees(localStored, stored, later) || !Agrees(localLength, length, later)
                || !Agrees(Four(local[14..]), Four(central + 16), later))
        {
            throw Bad(header, $"the local header of {name} disagrees with the directory",
                "another method, flag, size or checksum", "the same");
        }

        return offset;
    }

    // Behind the bytes, in a descriptor, stands what the header leaves at zero.
    private static bool Agrees(long local, long central, bool later) => local == central || (later && local == 0);

    // The extra field 1 holds, in this order, the values whose short fields are all ones, and no others.
    private void ReadWide(ReadOnlySpan<byte> extra, long at, ref long length, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            int id = Two(extra), size = Two(extra[2..]);
            extra = extra[4..];
            if (size > extra.Length)
            {
                throw Bad(at, "an extra field is cut", $"{extra.Length} bytes", $"{size}");
            }

            if (id == 1)
            {
                var values = extra[..size];
                TakeWide(ref length, ref values);
                TakeWide(ref stored, ref values);
                TakeWide(ref header, ref values);
                return;
            }

            extra = extra[size..];
            at += 4 + size;
        }
    }

    private static void TakeWide(ref long value, ref ReadOnlySpan<byte> values)
    {
        if (value == uint.MaxValue && values.Length >= sizeof(long))
        {
            value = Eight(values);
            values = values[sizeof(long)..];
        }
    }

    private string Name(long at, int length)
    {
        var bytes = _file.Span(at, length);
        var name = length is > 0 and <= MaxNameLength && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return name is not null && !name.Contains('\\') && !name.Any(char.IsControl)
            && !name.Split('/').Any(part => part is "" or "." or "..")
            ? name
            : throw Bad(at, "a record's name is unfit", name ?? "bytes that are no text, or too many",
                $"at most {MaxNameLength} bytes of folders and a name");
    }

    private void CheckOverlap()
    {
        long end = 0;
        foreach (var record in _records.Values.OrderBy(record => record.Header))
        {
            if (record.Header < end)
            {
                throw Bad(record.Header, $"{record.Name} overlaps another record", $"offset {record.Header}", $"{end} or more");
            }

            end = record.Offset + record.Length;
        }
    }

    private bool Has(long at, uint signature) => Four(at) == signature;

    private int Two(long at) => Two(_file.Span(at, 2));

    private long Four(long at) => Four(_file.Span(at, 4));

    private long Eight(long at) => Eight(_file.Span(at, 8));

    private static int Two(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static long Four(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    // Sizes of 2^63 and more become the largest that is no size of anything.
    private static long Eight(ReadOnlySpan<byte> bytes) =>
        (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(bytes), long.MaxValue);

    private ClipException Bad(long at, string rule, string found, string expected) =>
        Damaged(_file.Path, at, rule, found, expected);

    internal static ClipException Damaged(string path, long at, string rule, string found, string expected) =>
        new(ClipError.Data, $"Not a sound PyTorch zip: {rule}", $"{path}, byte {at}", found, expected,
            "Fetch or write the file again.");
}
