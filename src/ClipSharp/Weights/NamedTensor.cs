using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ClipSharp.Weights;

/// <summary>A tensor of a weights file or to be written into one; dense, row-major, little-endian.</summary>
public sealed class NamedTensor
{
    private readonly Func<ReadOnlyMemory<byte>> _bytes;
    private readonly Action<Span<byte>>? _copy;

    /// <summary>A tensor whose bytes are made or read when their turn comes, so that one tensor at a time need be in
    /// memory.</summary>
    /// <param name="name">Its key in the state dict.</param>
    /// <param name="type">Number format.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
    /// <param name="bytes">Gives the bytes.</param>
    public NamedTensor(string name, TensorType type, long[] shape, Func<ReadOnlyMemory<byte>> bytes)
        : this(name, type, shape, bytes, null)
    {
    }

    /// <summary>A tensor whose bytes are at hand; not copied.</summary>
    public NamedTensor(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> bytes)
        : this(name, type, shape, () => bytes)
    {
    }

    // The last parameter fills memory with the bytes at less cost than by way of their view.
    internal NamedTensor(string name, TensorType type, long[] shape, Func<ReadOnlyMemory<byte>> bytes, Action<Span<byte>>? copy)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = Shapes.ByteLength(type, shape);
        _bytes = bytes;
        _copy = copy;
    }

    /// <summary>Its key in the state dict.</summary>
    public string Name { get; }

    /// <summary>Number format.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Shape { get; }

    /// <summary>Bytes, from shape and type.</summary>
    public long ByteLength { get; }

    /// <summary>The content; of a file, a view of the mapped bytes wherever they lie dense.</summary>
    /// <exception cref="ArgumentException">It does not have the length of the shape.</exception>
    /// <exception cref="ClipException">The file is damaged here, or the tensor has 2 GiB or more.</exception>
    public ReadOnlyMemory<byte> Bytes()
    {
        var content = _bytes();
        return content.Length == ByteLength
            ? content
            : throw new ArgumentException($"{Name}: {content.Length} bytes are no {Type.Name()} {Shapes.Text(Shape)}.");
    }

    /// <summary>Copies the content; of a file, without its mapped pages becoming this process's memory as well.</summary>
    /// <param name="destination"><see cref="ByteLength"/> bytes.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    /// <exception cref="ClipException">The file is damaged here.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length != ByteLength)
        {
            throw new ArgumentException($"{Name} has {ByteLength} bytes, not {destination.Length}.", nameof(destination));
        }

        if (_copy is null)
        {
            Bytes().Span.CopyTo(destination);
        }
        else
        {
            _copy(destination);
        }
    }

    /// <summary>The content as float32, converted from F16, BF16, F32 or F64.</summary>
    /// <exception cref="ClipException">It has another type or too many numbers for an array.</exception>
    public float[] ReadFloats()
    {
        const int most = int.MaxValue / sizeof(float);
        var count = ByteLength / Type.Size();
        var result = new float[count <= most ? (int)count : throw new ClipException(ClipError.Data, "A tensor is too large", Name,
            $"{count} numbers", $"at most {most}", "Use another weights file.")];
        CopyFloatsTo(result);
        return result;
    }

    /// <summary>Copies the content as float32, converted from F16, BF16, F32 or F64. Only of F64 is there a second copy
    /// meanwhile.</summary>
    /// <param name="destination">As many numbers as the shape has.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    /// <exception cref="ClipException">It has another type, or the file is damaged here.</exception>
    public void CopyFloatsTo(Span<float> destination)
    {
        if (destination.Length != ByteLength / Type.Size())
        {
            throw new ArgumentException($"{Name} has {ByteLength / Type.Size()} numbers, not {destination.Length}.",
                nameof(destination));
        }

        switch (Type)
        {
            case TensorType.F32:
                CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16 or TensorType.BF16:
                NumberFormats.Widen(Type, destination, CopyTo);
                break;
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(Bytes().Span), destination);
                break;
            default:
                throw new ClipException(ClipError.Data, "The numbers are no floats", Name, Type.Name(), "F16, BF16, F32 or F64",
                    "Use another weights file.");
        }
    }
}
