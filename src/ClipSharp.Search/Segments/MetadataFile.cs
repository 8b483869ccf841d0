using ClipSharp.Search.Collections;
using Parquet;
using Parquet.Schema;

namespace ClipSharp.Search.Segments;

/// <summary>The rows beside a segment's vectors, as a Parquet file: <c>place, key, caption, source, offset, length, modified,
/// hash</c>, row i that of vector i.</summary>
internal static class MetadataFile
{
    /// <summary>Rows of a row group: what is read to show one of them.</summary>
    public const int GroupRows = 4096;

    private static readonly DataField<string> Place = new("place", false);
    private static readonly DataField<string> Key = new("key", false);
    private static readonly DataField<string> Caption = new("caption", true);
    private static readonly DataField<string> Source = new("source", false);
    private static readonly DataField<long> Offset = new("offset");
    private static readonly DataField<long> Length = new("length");
    private static readonly DateTimeDataField Modified =
        new("modified", DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Nanos);

    private static readonly DataField<string> Hash = new("hash", false);
    private static readonly ParquetSchema Schema = new(Place, Key, Caption, Source, Offset, Length, Modified, Hash);

    /// <summary>Writes rows, group after group.</summary>
    public static void Write(Stream stream, IReadOnlyList<IndexedPicture> rows)
    {
        // The library is asynchronous; a stream in memory never makes it wait.
        using var file = new MemoryStream();
        WriteAsync(file, rows).GetAwaiter().GetResult();
        file.WriteTo(stream);
    }

    /// <summary>Reads some row groups.</summary>
    /// <param name="path">The file.</param>
    /// <param name="groups">Which; null = all.</param>
    /// <returns>The rows of each group.</returns>
    /// <exception cref="ClipException">It is absent (NoInput) or no such file (Data).</exception>
    public static IReadOnlyList<IReadOnlyList<IndexedPicture>> Read(string path, IEnumerable<int>? groups = null)
    {
        try
        {
            return ReadAsync(path, groups).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The index lacks a file", path, e.Message, "the rows of a segment",
                "Restore it, or make the index anew.", e);
        }
        catch (Exception e) when (e is not (ClipException or OutOfMemoryException))
        {
            throw new ClipException(ClipError.Data, "The rows of the index cannot be read", path, e.Message,
                "a Parquet file as index writes it", "Restore it, or make the index anew.", e);
        }
    }

    private static async Task WriteAsync(MemoryStream file, IReadOnlyList<IndexedPicture> rows)
    {
        var writer = await ParquetWriter.CreateAsync(Schema, file).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (var group in rows.Chunk(GroupRows))
            {
                using var writing = writer.CreateRowGroup();
                await Texts(Place, row => row.Place).ConfigureAwait(false);
                await Texts(Key, row => row.Key).ConfigureAwait(false);
                await Texts(Caption, row => row.Caption).ConfigureAwait(false);
                await Texts(Source, row => row.Source).ConfigureAwait(false);
                await Numbers(Offset, row => row.Offset).ConfigureAwait(false);
                await Numbers(Length, row => row.Length).ConfigureAwait(false);
                await Numbers(Modified, row => row.Modified).ConfigureAwait(false);
                await Texts(Hash, row => row.Hash).ConfigureAwait(false);

                Task Texts(DataField field, Func<IndexedPicture, string?> value) =>
                    writing.WriteAsync(field, (IReadOnlyCollection<string>)group.Select(value).ToArray()!);

                Task Numbers<T>(DataField field, Func<IndexedPicture, T> value)
                    where T : struct => writing.WriteAsync<T>(field, group.Select(value).ToArray().AsMemory());
            }
        }
    }

    private static async Task<IReadOnlyList<IReadOnlyList<IndexedPicture>>> ReadAsync(string path, IEnumerable<int>? groups)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var found = new List<IReadOnlyList<IndexedPicture>>();
            foreach (var group in groups ?? Enumerable.Range(0, reader.RowGroupCount))
            {
                using var reading = reader.OpenRowGroupReader(group);
                var count = (int)reading.RowCount;
                if (count is < 0 or > GroupRows)
                {
                    throw new InvalidDataException($"a group of {count} rows where {GroupRows} are the most");
                }

                found.Add(await RowsAsync(reading, count).ConfigureAwait(false));
            }

            return found;
        }
    }

    private static async Task<IReadOnlyList<IndexedPicture>> RowsAsync(ParquetRowGroupReader reading, int count)
    {
        var (places, keys, captions) = (await Texts(Place).ConfigureAwait(false), await Texts(Key).ConfigureAwait(false),
            await Texts(Caption).ConfigureAwait(false));
        var (sources, hashes) = (await Texts(Source).ConfigureAwait(false), await Texts(Hash).ConfigureAwait(false));
        var offsets = await Numbers<long>(Offset).ConfigureAwait(false);
        var lengths = await Numbers<long>(Length).ConfigureAwait(false);
        var times = await Numbers<DateTime>(Modified).ConfigureAwait(false);
        var one = new Dictionary<string, string>(StringComparer.Ordinal); // most rows have one place or source: one text of it
        return [.. Enumerable.Range(0, count).Select(row => new IndexedPicture(Same(places[row]!), keys[row]!)
        {
            Caption = captions[row],
            Source = Same(sources[row]!),
            Offset = offsets[row],
            Length = lengths[row],
            Modified = DateTime.SpecifyKind(times[row], DateTimeKind.Utc),
            Hash = hashes[row]!,
        })];

        string Same(string text) => one.TryGetValue(text, out var there) ? there : one[text] = text;

        async Task<string?[]> Texts(DataField field)
        {
            var values = new string?[count];
            await reading.ReadAsync(field, values.AsMemory()!).ConfigureAwait(false);
            return values;
        }

        async Task<T[]> Numbers<T>(DataField field)
            where T : struct
        {
            var values = new T[count];
            await reading.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            return values;
        }
    }
}
