namespace ClipSharp.Weights;

/// <summary>A tensor to be written; dense, row-major, little-endian.</summary>
/// <param name="name">Its key in the state dict.</param>
/// <param name="type">Number format.</param>
/// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="bytes">Gives the bytes when their turn comes, so that one tensor at a time need be in memory.</param>
public sealed class NamedTensor(string name, TensorType type, long[] shape, Func<ReadOnlyMemory<byte>> bytes)
{
    /// <summary>A tensor whose bytes are at hand; not copied.</summary>
    public NamedTensor(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> bytes)
        : this(name, type, shape, () => bytes)
    {
    }

    /// <summary>Its key in the state dict.</summary>
    public string Name => name;

    /// <summary>Number format.</summary>
    public TensorType Type => type;

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Shape => shape;

    /// <summary>Bytes, from shape and type.</summary>
    public long ByteLength { get; } = Shapes.ByteLength(type, shape);

    /// <summary>The content.</summary>
    /// <exception cref="ArgumentException">It does not have the length of the shape.</exception>
    public ReadOnlyMemory<byte> Bytes()
    {
        var content = bytes();
        return content.Length == ByteLength
            ? content
            : throw new ArgumentException($"{name}: {content.Length} bytes are no {type.Name()} {Shapes.Text(shape)}.");
    }
}
