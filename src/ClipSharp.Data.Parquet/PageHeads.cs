using ClipSharp.Data.Index;
using static System.FormattableString;

namespace ClipSharp.Data.Parquet;

/// <summary>The heads of a column's pages, looked at before the library reads them: it allocates what each says, up to 2 GiB, and
/// goes on until it has as many values as are told. The format is <c>PageHeader</c> of apache/parquet-format,
/// <c>parquet.thrift</c>.</summary>
internal static class PageHeads
{
    private const int MostHeadBytes = 1 << 16; // least and greatest values may stand in it

    /// <summary>Checks that the pages fill the column, are no longer than it is, and hold the values told.</summary>
    /// <param name="stream">The file; its position is moved.</param>
    /// <param name="start">Where the column begins, in bytes.</param>
    /// <param name="length">Its bytes, inside the file.</param>
    /// <param name="values">Entries of the column, nulls included.</param>
    /// <param name="mostUnpacked">Bytes of the column unpacked.</param>
    /// <exception cref="ParquetFault">They do not fit.</exception>
    public static void Check(Stream stream, long start, long length, long values, long mostUnpacked)
    {
        var (position, end, found, unpacked) = (start, start + length, 0L, 0L);
        var buffer = new byte[MostHeadBytes];
        while (found < values)
        {
            var room = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Math.Max(0, end - position)));
            stream.Position = position;
            var page = Read(room[..stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false)]);
            position += page.HeadBytes;
            var isSound = page is { Packed: >= 0, Unpacked: >= 0, Values: >= 0 } && page.Packed <= end - position
                && page.Unpacked <= mostUnpacked - unpacked && (page.Values > 0 || !page.HoldsValues)
                && page.Values <= values - (page.HoldsValues ? found : 0);
            if (!isSound)
            {
                throw Damaged(Invariant($"a page at byte {position:N0} of {page.Packed:N0} bytes, unpacked {page.Unpacked:N0}, with {page.Values:N0} values"));
            }

            position += page.Packed;
            unpacked += page.Unpacked;
            found += page.HoldsValues ? page.Values : 0;
        }
    }

    private static Page Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CompactReader(bytes);
        var page = new Page { Packed = -1, Unpacked = -1, Values = -1 };
        try
        {
            for (var id = 0; reader.NextField(ref id, out var type);)
            {
                switch (id, type)
                {
                    case (2, CompactReader.Int32): page.Unpacked = reader.Int(); break;
                    case (3, CompactReader.Int32): page.Packed = reader.Int(); break;
                    case (5 or 7 or 8, CompactReader.Struct): // a page of data, a dictionary, a page of data of the second kind
                        (page.HoldsValues, page.Values) = (id != 7, FirstNumber(ref reader));
                        break;
                    default: reader.Skip(type); break;
                }
            }
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException or InvalidDataException)
        {
            throw Damaged("the head of a page cannot be read");
        }

        return page with { HeadBytes = reader.Position };
    }

    // Each of the three has its number of values first.
    private static long FirstNumber(ref CompactReader reader)
    {
        var number = -1L;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if ((id, type) == (1, CompactReader.Int32))
            {
                number = reader.Int();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return number;
    }

    private static ParquetFault Damaged(string what) => new(SkipReason.CorruptShard, "it is damaged: " + what);

    private record struct Page(long HeadBytes, long Packed, long Unpacked, bool HoldsValues, long Values);
}
