using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ClipSharp.Search.Collections;
using ClipSharp.Weights;
using Parquet;

namespace ClipSharp.Search.VectorFiles;

/// <summary>Reads the rows of a file of vectors and its metadata, both from their beginning to their end.</summary>
internal sealed class VectorRows : IDisposable
{
    private const float LengthError = 0.005f; // halves leave 2^-11 of each number

    private readonly VectorOrigin _origin;
    private readonly FileStream _file;
    private readonly TensorType _type;
    private readonly byte[] _bytes;
    private readonly float[] _numbers;

    private VectorRows(VectorOrigin origin, FileStream file, TensorType type, int count, int dimension)
    {
        (_origin, _file, _type, Count, Dimension) = (origin, file, type, count, dimension);
        (_bytes, _numbers) = (new byte[type.Size() * dimension], new float[dimension]);
    }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>E.</summary>
    public int Dimension { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ClipException">It is absent (NoInput), or no float32 or float16 [N, E] of the length that it says
    /// (Data).</exception>
    public static VectorRows Open(VectorOrigin origin)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(origin.Vectors, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 20);
            var head = new byte[Npy.LongestHeader];
            var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            var (type, shape, isFortran, start) = Npy.ParseHeader(head.AsSpan(0, length), origin.Vectors);
            if (type is not (TensorType.F16 or TensorType.F32) || isFortran
                || shape is not [>= 0 and <= int.MaxValue, > 0 and <= ushort.MaxValue])
            {
                throw Npy.Damaged(origin.Vectors, 0, "these are no vectors of pictures",
                    $"{type.Name()} {Shapes.Text(shape)}{(isFortran ? ", column after column" : "")}",
                    "float32 or float16 [N, E], row after row");
            }

            var needed = start + Shapes.ByteLength(type, shape);
            if (needed != file.Length)
            {
                throw Npy.Damaged(origin.Vectors, 8, "shape and length disagree", $"{file.Length} bytes", $"{needed}");
            }

            file.Position = start;
            var rows = new VectorRows(origin, file, type, (int)shape[0], (int)shape[1]);
            file = null;
            return rows;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(origin.Vectors, e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Every row.</summary>
    /// <exception cref="ClipException">A vector is not of unit length, rows are more or fewer than vectors, or a file is
    /// damaged.</exception>
    public IEnumerable<(IndexedPicture Picture, Half[] Vector)> Read()
    {
        var row = 0;
        foreach (var picture in Pictures())
        {
            if (row == Count)
            {
                throw Disagree($"more than {Count} rows");
            }

            yield return (picture, Vector(row++));
        }

        if (row < Count)
        {
            throw Disagree($"{row} rows");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Half[] Vector(int row)
    {
        try
        {
            _file.ReadExactly(_bytes);
        }
        catch (IOException e)
        {
            throw Unreadable(_origin.Vectors, e);
        }

        var halves = new Half[Dimension];
        if (_type == TensorType.F16)
        {
            MemoryMarshal.Cast<byte, Half>(_bytes).CopyTo(halves);
            TensorPrimitives.ConvertToSingle(halves, _numbers);
        }
        else
        {
            MemoryMarshal.Cast<byte, float>(_bytes).CopyTo(_numbers);
            TensorPrimitives.ConvertToHalf(_numbers, halves);
        }

        var length = TensorPrimitives.Norm(_numbers);
        return MathF.Abs(length - 1) <= LengthError
            ? halves
            : throw new ClipException(ClipError.Data, "A vector is not of unit length", $"{_origin.Vectors}, row {row}",
                float.IsFinite(length) ? FormattableString.Invariant($"length {length:0.####}") : "numbers that are not finite",
                "length 1", "Make the folder anew with embed or clip-retrieval, or divide each vector by its length.");
    }

    private IEnumerable<IndexedPicture> Pictures()
    {
        for (var group = 0; ; group++)
        {
            var read = Group(group);
            if (read is null)
            {
                yield break;
            }

            foreach (var picture in read)
            {
                yield return picture;
            }
        }
    }

    private IReadOnlyList<IndexedPicture>? Group(int group)
    {
        try
        {
            return GroupAsync(group).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw Unreadable(_origin.Metadata, e);
        }
        catch (Exception e) when (e is not (ClipException or OutOfMemoryException))
        {
            throw new ClipException(ClipError.Data, "The metadata of vectors cannot be read", _origin.Metadata, e.Message,
                "a Parquet file with a column image_path", "Restore it, or make the folder anew with: clipsharp embed", e);
        }
    }

    private async Task<IReadOnlyList<IndexedPicture>?> GroupAsync(int group)
    {
        using var file = new FileStream(_origin.Metadata, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (group >= reader.RowGroupCount)
            {
                return null;
            }

            using var reading = reader.OpenRowGroupReader(group);
            if (reading.RowCount < 0 || reading.RowCount > Count)
            {
                throw Disagree($"a group of {reading.RowCount} rows");
            }

            var count = (int)reading.RowCount;
            var paths = await Texts("image_path").ConfigureAwait(false) ?? throw new InvalidDataException("no column image_path");
            var (captions, keys) = (await Texts("caption").ConfigureAwait(false), await Texts("key").ConfigureAwait(false));
            var shards = await Texts("shard").ConfigureAwait(false);
            return [.. Enumerable.Range(0, count).Select(row => Picture(
                paths[row] ?? throw new InvalidDataException($"row {row} of group {group} has no image_path"),
                keys?[row], shards?[row], captions?[row]))];

            async Task<string?[]?> Texts(string name)
            {
                var field = reader.Schema.DataFields.FirstOrDefault(field => field.Path.ToString() == name);
                if (field is null)
                {
                    return null;
                }

                if (field.ClrType != typeof(ReadOnlyMemory<char>) || field.MaxRepetitionLevel > 0)
                {
                    throw new InvalidDataException($"the column {name} is no text");
                }

                var values = new string?[count];
                await reading.ReadAsync(field, values.AsMemory()!).ConfigureAwait(false);
                return values;
            }
        }
    }

    // A picture within a shard is named by shard and key: where it begins there nobody wrote down.
    private IndexedPicture Picture(string path, string? key, string? shard, string? caption)
    {
        var place = shard is not null ? $"{shard}#{key ?? path}"
            : Path.IsPathFullyQualified(path) ? path
            : $"{_origin.Vectors}#{path}";
        var file = shard is null ? new FileInfo(place) : null;
        var exists = file?.Exists == true;
        return new IndexedPicture(place, key ?? path)
        {
            Caption = caption,
            Source = _origin.Folder,
            Length = exists ? file!.Length : 0,
            Modified = exists ? file!.LastWriteTimeUtc : DateTime.UnixEpoch,
        };
    }

    private ClipException Disagree(string found) => new(ClipError.Data, "Vectors and metadata are of different numbers",
        _origin.Metadata, found, $"{Count}, as {_origin.Vectors} has", "Restore both, or make the folder anew.");

    private static ClipException Unreadable(string path, Exception cause) => new(ClipError.NoInput,
        "The vectors cannot be read", path, cause.Message, "a file that embed or clip-retrieval wrote", "Check the path.", cause);
}
