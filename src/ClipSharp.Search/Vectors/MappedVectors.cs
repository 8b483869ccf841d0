using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using ClipSharp.Weights;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Search.Vectors;

/// <summary>The vectors of a <c>.npy</c> file, float16 [N, E], where they lie: the system brings them into memory as they are
/// read, and programs that read the same file share it.</summary>
public sealed unsafe class MappedVectors : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly int _start;

    private MappedVectors(MemoryMappedFile? file, int start, int count, int dimension)
    {
        (_file, _start, Count, Dimension) = (file, start, count, dimension);
        _view = file?.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>E.</summary>
    public int Dimension { get; }

    /// <summary>Row i as float32.</summary>
    /// <param name="index">Which.</param>
    /// <param name="numbers">[E], written.</param>
    public void CopyRow(int index, Span<float> numbers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        using var rows = Rows();
        TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(rows.First + ((long)index * Dimension), Dimension), numbers);
    }

    /// <summary>Row i as it is stored, [E], a copy.</summary>
    internal Half[] CopyHalves(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        using var rows = Rows();
        return new ReadOnlySpan<Half>(rows.First + ((long)index * Dimension), Dimension).ToArray();
    }

    /// <summary>The rows in place, for as long as what is returned is not disposed: then nobody else's disposal of this ends the
    /// mapping.</summary>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    internal HeldRows Rows() => new(_view, _start);

    /// <summary>Opens a file. Its numbers are taken as they are.</summary>
    /// <exception cref="ClipException">It is absent (NoInput), or no float16 [N, E] of the length that it says
    /// (Data).</exception>
    public static MappedVectors Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            var head = new byte[Npy.LongestHeader];
            var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            var (type, shape, isFortran, start) = Npy.ParseHeader(head.AsSpan(0, length), path);
            if (type != TensorType.F16 || shape is not [>= 0 and <= int.MaxValue, > 0 and <= int.MaxValue] || isFortran)
            {
                throw Npy.Damaged(path, 0, "these are no vectors of an index",
                    $"{type.Name()} {Shapes.Text(shape)}{(isFortran ? ", column after column" : "")}",
                    "float16 [N, E], row after row");
            }

            var needed = start + Shapes.ByteLength(type, shape);
            if (needed != stream.Length)
            {
                throw Npy.Damaged(path, 8, "shape and length disagree", $"{stream.Length} bytes", $"{needed}");
            }

            var file = shape[0] == 0 ? null
                : MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None,
                    leaveOpen: true);
            return new MappedVectors(file, start, (int)shape[0], (int)shape[1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The vectors cannot be read", path, e.Message, "a .npy file",
                "Make the index anew, or restore the file.", e);
        }
    }

    /// <summary>Ends the mapping when whoever reads it now is done.</summary>
    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    /// <summary>Rows that stay where they are until this is disposed.</summary>
    internal readonly ref struct HeldRows
    {
        private readonly SafeMemoryMappedViewHandle? _handle;

        public HeldRows(MemoryMappedViewAccessor? view, int start)
        {
            byte* first = null;
            _handle = view?.SafeMemoryMappedViewHandle;
            _handle?.AcquirePointer(ref first);
            First = view is null ? null : (Half*)(first + view.PointerOffset + start);
        }

        /// <summary>The first number of row 0; null where there is no row.</summary>
        public Half* First { get; }

        public void Dispose() => _handle?.ReleasePointer();
    }
}
