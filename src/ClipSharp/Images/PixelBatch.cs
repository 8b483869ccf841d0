namespace ClipSharp.Images;

/// <summary>Pictures ready for a model: uint8 [B, 3, S, S], channel planes R, G, B. The engine normalises.</summary>
/// <param name="values">B · 3 · S · S bytes, taken over, not copied.</param>
/// <param name="size">S, the side in pixels.</param>
public sealed class PixelBatch(byte[] values, int size)
{
    /// <summary>All bytes, picture after picture.</summary>
    public byte[] Values { get; } = size > 0 && values.Length % (3L * size * size) == 0
        ? values
        : throw new ArgumentException($"{values.Length} bytes are no pictures of [3, {size}, {size}].", nameof(values));

    /// <summary>S.</summary>
    public int Size { get; } = size;

    /// <summary>B.</summary>
    public int Count => Values.Length / (3 * Size * Size);

    /// <summary>Picture i, [3, S, S].</summary>
    public Span<byte> Picture(int index) => Values.AsSpan(index * 3 * Size * Size, 3 * Size * Size);
}
