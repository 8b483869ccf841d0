using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ClipSharp.Files;

namespace ClipSharp.Weights;

/// <summary>NumPy's <c>.npy</c> files, versions 1 to 3 (<c>numpy/lib/format.py</c>). The header, a Python literal, is read by its
/// grammar and never evaluated; pickled objects, structures and big-endian numbers are refused.</summary>
public static class Npy
{
    private const int MaxHeaderLength = 10_000; // NumPy's own limit
    private const int Alignment = 64;

    /// <summary>Bytes that every header fits in.</summary>
    internal const int LongestHeader = 12 + MaxHeaderLength;

    private static readonly (string Descr, TensorType Type)[] Types =
    [
        ("|b1", TensorType.Bool), ("|u1", TensorType.U8), ("|i1", TensorType.I8), ("<i2", TensorType.I16),
        ("<f2", TensorType.F16),
        ("<i4", TensorType.I32), ("<f4", TensorType.F32), ("<i8", TensorType.I64), ("<f8", TensorType.F64),
    ];

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a file of less than 2 GiB.</summary>
    /// <exception cref="ClipException">It is absent (NoInput) or breaks a rule of the format (Data).</exception>
    public static NpyArray Read(string path)
    {
        try
        {
            var length = LinkedFile.Of(path).Length;
            return length <= Array.MaxLength
                ? Parse(File.ReadAllBytes(path), path)
                : throw new ClipException(ClipError.Data, "The array is too long", path, $"{length} bytes",
                    $"at most {Array.MaxLength}", "Split it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The array cannot be read", path, e.Message, "a .npy file",
                "Check the path.", e);
        }
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="ClipException">It breaks a rule of the format.</exception>
    public static NpyArray Parse(ReadOnlySpan<byte> file, string name)
    {
        var (type, shape, fortran, start) = ParseHeader(file, name);
        var data = file[start..];
        CheckSize(type, shape, data.Length, start, name);
        return new NpyArray(type, shape, fortran ? RowMajor(data, shape, type.Size()) : data.ToArray());
    }

    /// <summary>What stands before the numbers of a file.</summary>
    /// <param name="file">The file from its first byte on: all of it, or <see cref="LongestHeader"/> bytes.</param>
    /// <param name="name">For messages.</param>
    /// <returns>Number format, shape, whether the first index runs fastest, and the place of the first number.</returns>
    /// <exception cref="ClipException">It breaks a rule of the format.</exception>
    internal static (TensorType Type, long[] Shape, bool IsFortran, int Start) ParseHeader(ReadOnlySpan<byte> file, string name)
    {
        var start = file.Length < 8 || !file.StartsWith(Magic) || file[6] is < 1 or > 3
            ? throw Damaged(name, 0, "the file does not begin as one", "other bytes", "\\x93NUMPY and version 1 to 3")
            : file[6] == 1 ? 10 : 12;
        if (file.Length < start)
        {
            throw Damaged(name, 8, "the file ends inside its length field", $"{file.Length} bytes", $"at least {start}");
        }

        long length = start == 10
            ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        var most = Math.Min(MaxHeaderLength, file.Length - start);
        if (length > most)
        {
            throw Damaged(name, 8, "the header's length is impossible", $"{length}", $"at most {most}");
        }

        var (descr, fortran, shape) = new NpyHeaderParser(file.Slice(start, (int)length), start, name).Parse();
        var known = Array.FindIndex(Types, row => row.Descr == descr);
        if (known < 0)
        {
            throw Damaged(name, start, "the number format is not supported", descr,
                string.Join(", ", Types.Select(row => row.Descr)));
        }

        return (Types[known].Type, shape, fortran, start + (int)length);
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="type">A format that NumPy has.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="bytes">The numbers, dense, row-major, little-endian.</param>
    /// <exception cref="ArgumentException">NumPy has no such format, or bytes and shape disagree.</exception>
    public static void Write(Stream file, TensorType type, long[] shape, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Shapes.ByteLength(type, shape))
        {
            throw new ArgumentException($"{bytes.Length} bytes are no {type.Name()} {Shapes.Text(shape)}.", nameof(bytes));
        }

        WriteHeader(file, type, shape);
        file.Write(bytes);
    }

    /// <summary>Writes what stands before the numbers; the caller writes these, row after row. The numbers begin at a multiple of
    /// 64 bytes.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteHeader(Stream file, TensorType type, ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(file);
        var known = Array.FindIndex(Types, row => row.Type == type);
        if (known < 0)
        {
            throw new ArgumentException($"NumPy has no {type.Name()}.", nameof(type));
        }

        var sides = string.Join(", ", shape.ToArray().Select(side => side.ToString(CultureInfo.InvariantCulture)));
        var tuple = shape.Length == 1 ? $"({sides},)" : $"({sides})";
        var literal = $"{{'descr': '{Types[known].Descr}', 'fortran_order': False, 'shape': {tuple}, }}";
        const int prefix = 10;
        var whole = (prefix + literal.Length + 1 + Alignment - 1) / Alignment * Alignment;
        Span<byte> version = [1, 0, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(version[2..], checked((ushort)(whole - prefix)));
        file.Write(Magic);
        file.Write(version);
        file.Write(Encoding.ASCII.GetBytes(literal.PadRight(whole - prefix - 1) + "\n"));
    }

    private static void CheckSize(TensorType type, long[] shape, int found, int at, string name)
    {
        long size;
        try
        {
            size = Shapes.ByteLength(type, shape);
        }
        catch (OverflowException e)
        {
            throw Damaged(name, at, "the shape is too large", Shapes.Text(shape), "a size below 2^63 bytes", e);
        }

        if (size != found)
        {
            throw Damaged(name, at, "shape and length disagree", $"{found} bytes of numbers",
                $"{size} for {type.Name()} {Shapes.Text(shape)}");
        }
    }

    // Column-major to row-major: the last index runs fastest in the result, the first in the source.
    private static byte[] RowMajor(ReadOnlySpan<byte> columns, long[] shape, int size)
    {
        var result = new byte[columns.Length];
        var index = new long[shape.Length];
        for (var to = 0; to < result.Length; to += size)
        {
            long from = 0;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                from = (from * shape[axis]) + index[axis];
            }

            columns.Slice((int)from * size, size).CopyTo(result.AsSpan(to));
            for (var axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return result;
    }

    internal static ClipException Damaged(string path, long at, string rule, string found, string expected,
        Exception? inner = null) =>
        new(ClipError.Data, $"Not a sound .npy file: {rule}", $"{path}, byte {at}", found, expected, "Write the file again.",
            inner);
}
