using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using Parquet.Data;

namespace ClipSharp.Data.Parquet;

/// <summary>The pictures of one Parquet file, each found by its row. Thread-safe once all row groups were added.</summary>
/// <param name="cache">Shared by the files of a source.</param>
/// <param name="options">Which column holds them.</param>
internal sealed class PackedRows(RowGroupCache cache, DataOptions options) : IPackedPictures
{
    private readonly List<long> _starts = [];

    /// <summary>Bytes of pictures in the largest row group.</summary>
    public long LargestGroup { get; private set; }

    /// <summary>Takes in the next row group of the open file, from its first row.</summary>
    /// <returns>Its pictures.</returns>
    /// <exception cref="ParquetFault">It is damaged or too large.</exception>
    public byte[]?[] Add(ParquetFile file, ParquetColumns columns, long firstRow)
    {
        _starts.Add(firstRow);
        var group = _starts.Count - 1;
        var pictures = cache.Get(this, group, () => Unpack(file, columns, group));
        LargestGroup = Math.Max(LargestGroup, pictures.Sum(picture => picture?.LongLength ?? 0));
        return pictures;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Read(SampleFile file, long number)
    {
        var found = _starts.BinarySearch(number);
        var group = found >= 0 ? found : ~found - 1;
        try
        {
            return cache.Get(this, group, () => Open(file, group))[number - _starts[group]];
        }
        catch (ParquetFault)
        {
            return null;
        }
    }

    private byte[]?[] Open(SampleFile indexed, int group)
    {
        using var file = new ParquetFile(indexed.Path);
        return (file.State.Length, file.State.Modified) == (indexed.Length, indexed.Modified)
            ? Unpack(file, ParquetColumns.Of(file.Schema, options, indexed.Path), group)
            : throw new ParquetFault(SkipReason.ReadFailed, "it changed");
    }

    private static byte[]?[] Unpack(ParquetFile file, ParquetColumns columns, int group)
    {
        using var data = (RawColumnData<ReadOnlyMemory<byte>>)file.Read(group, columns.Picture);
        var pictures = new byte[]?[file.Rows(group)];
        var values = data.Values;
        var bytes = 0L;
        foreach (var (i, row) in ColumnValues.RowsOf(data, columns.Picture, pictures.Length, values.Length).Index())
        {
            // A dictionary may name one picture a million times.
            bytes += values[i].Length;
            if (bytes > ParquetFile.MostColumnBytes)
            {
                throw new ParquetFault(SkipReason.TooLarge, FormattableString.Invariant(
                    $"pictures of more than {ParquetFile.MostColumnBytes:N0} bytes in one row group"));
            }

            pictures[row] = values[i].ToArray();
        }

        return pictures;
    }
}
