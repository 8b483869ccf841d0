using System.Buffers.Binary;
using ClipSharp.Data.Index;
using ClipSharp.Files.Reading;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using static System.FormattableString;

namespace ClipSharp.Data.Parquet;

/// <summary>An open Parquet file: its schema and whole columns of its row groups. Sizes that the file states are held against
/// its length and the limits before anything is allocated. One thread at a time.</summary>
internal sealed class ParquetFile : IDisposable
{
    /// <summary>Bytes of one column of a row group, unpacked.</summary>
    public const long MostColumnBytes = int.MaxValue;

    /// <summary>Rows, or captions, of a row group.</summary>
    public const long MostValues = 1 << 24;

    private const int MarkLength = 4;
    private const int SlackBytes = 1 << 16; // heads of pages are read ahead
    private const int TailLength = 8; // the length of what stands before it, and the mark
    private const long MostTailBytes = 256 << 20;

    private readonly SteadyFile _file;
    private readonly BoundedStream _stream;
    private readonly ParquetReader _reader;

    /// <summary>Opens a file and reads what stands at its end.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    /// <exception cref="ParquetFault">It is no Parquet file, or a damaged one.</exception>
    public ParquetFile(string path)
    {
        _file = new SteadyFile(path);
        _stream = new BoundedStream(_file);
        try
        {
            State = SampleFile.Of(_file.Handle, path);
            CheckEnds();
            _reader = Guarded(() => ParquetReader.CreateAsync(_stream, leaveStreamOpen: true).GetAwaiter().GetResult());
            Schema = Guarded(() => _reader.Schema);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file as it was when it was opened.</summary>
    public SampleFile State { get; }

    /// <summary>Row groups.</summary>
    public int Groups => _reader.RowGroupCount;

    /// <summary>All columns.</summary>
    public ParquetSchema Schema { get; }

    /// <summary>Rows of a row group.</summary>
    public long Rows(int group) => Guarded(() => _reader.RowGroups[group].RowCount);

    /// <summary>One column of a row group.</summary>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    /// <exception cref="ParquetFault">It is damaged or too large.</exception>
    public RawColumnData Read(int group, DataField field)
    {
        var row = _reader.RowGroups[group];
        return Guarded(() =>
        {
            _stream.Budget = long.MaxValue;
            _stream.Budget = Check(row, field) + SlackBytes;
            return row.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();
        });
    }

    public void Dispose()
    {
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _file.Dispose();
    }

    // The library throws whatever its parsing comes to; a failure of the disk is told apart by the stream.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not ParquetFault)
        {
            throw _stream.Failure
                ?? new ParquetFault(SkipReason.CorruptShard, "it is damaged: " + e.Message.ReplaceLineEndings(" "), e);
        }
    }

    private void CheckEnds()
    {
        Span<byte> mark = stackalloc byte[MarkLength], tail = stackalloc byte[TailLength];
        if (_stream.Read(mark) < MarkLength || !mark.SequenceEqual("PAR1"u8))
        {
            throw new ParquetFault(SkipReason.NotAShard, "no Parquet file by its first bytes");
        }

        _stream.Position = Math.Max(0, _stream.Length - TailLength);
        var isWhole = _stream.Length >= MarkLength + TailLength && _stream.Read(tail) == TailLength;
        if (!isWhole || !tail[MarkLength..].SequenceEqual("PAR1"u8))
        {
            throw new ParquetFault(SkipReason.TruncatedShard, "it ends too early: what it holds is told at its end");
        }

        var told = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (told > Math.Min(_stream.Length - MarkLength - TailLength, MostTailBytes))
        {
            throw new ParquetFault(SkipReason.CorruptShard, Invariant($"it is damaged: {told:N0} bytes at its end"));
        }

        CheckFoot((int)told);
        _stream.Position = 0;
        _stream.Budget = told + SlackBytes;
    }

    // The library makes lists as long as they say, and at the file's end reads on for ever.
    private void CheckFoot(int length)
    {
        var bytes = new byte[length];
        _stream.Position = _stream.Length - TailLength - length;
        _stream.ReadExactly(bytes);
        _ = Guarded(() =>
        {
            var reader = new CompactReader(bytes);
            reader.Skip(CompactReader.Struct);
            return reader.Position;
        });
    }

    // How many bytes of the file the column is; its pages are sound.
    private long Check(ParquetRowGroupReader row, DataField field)
    {
        var column = row.GetMetadata(field)?.MetaData
            ?? throw new ParquetFault(SkipReason.CorruptShard, $"the column {field.Path} lacks");
        if (column.TotalUncompressedSize > MostColumnBytes || Math.Max(row.RowCount, column.NumValues) > MostValues)
        {
            throw new ParquetFault(SkipReason.TooLarge,
                Invariant($"{row.RowCount:N0} rows of {column.TotalUncompressedSize:N0} bytes in one row group; ")
                + Invariant($"at most {MostValues:N0} and {MostColumnBytes:N0}: write it again with row_group_size=100"));
        }

        var start = Math.Min(column.DataPageOffset, column.DictionaryPageOffset ?? long.MaxValue);
        var isWithin = row.RowCount >= 0 && column.NumValues >= 0
            && (field.MaxRepetitionLevel > 0 || column.NumValues == row.RowCount) && column.TotalCompressedSize >= 0 && start >= 0
            && column.TotalUncompressedSize >= 0 && column.TotalCompressedSize <= _stream.Length - start;
        if (!isWithin)
        {
            throw new ParquetFault(SkipReason.CorruptShard, $"it is damaged: sizes of the column {field.Path} do not fit");
        }

        PageHeads.Check(_stream, start, column.TotalCompressedSize, column.NumValues, column.TotalUncompressedSize);
        return column.TotalCompressedSize;
    }
}
