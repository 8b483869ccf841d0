namespace ClipSharp.Weights;

/// <summary>Where a tensor lies in a weights file and how to read it; dense, row-major, little-endian.</summary>
/// <param name="Name">Its key in the state dict.</param>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file; no alignment is promised.</param>
/// <param name="ByteLength">Bytes.</param>
public sealed record TensorInfo(string Name, TensorType Type, long[] Shape, long Offset, long ByteLength)
{
    /// <summary>Numbers in the tensor.</summary>
    public long Count => ByteLength / Type.Size();
}
