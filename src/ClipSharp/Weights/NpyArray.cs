namespace ClipSharp.Weights;

/// <summary>An array of a <c>.npy</c> file.</summary>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Bytes">The numbers, dense, row-major, little-endian.</param>
public sealed record NpyArray(TensorType Type, long[] Shape, byte[] Bytes);
