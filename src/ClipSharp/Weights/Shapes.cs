namespace ClipSharp.Weights;

/// <summary>Sizes of shapes, and shapes as messages show them.</summary>
internal static class Shapes
{
    /// <summary>Such as "[3, 224, 224]"; the first eight sizes.</summary>
    public static string Text(ReadOnlySpan<long> shape) => shape.Length <= 8
        ? $"[{string.Join(", ", shape.ToArray())}]"
        : $"[{string.Join(", ", shape[..8].ToArray())}, ...]";

    /// <summary>Bytes of a dense tensor. Zeros first: a shape of [0, 2^40, 2^40] is empty, not too large.</summary>
    /// <exception cref="OverflowException">2^63 bytes or more.</exception>
    public static long ByteLength(TensorType type, long[] shape) =>
        shape.Contains(0) ? 0 : shape.Aggregate((long)type.Size(), (product, side) => checked(product * side));
}
