using System.Numerics;
using System.Runtime.InteropServices;

namespace ClipSharp.Training.Optimization;

/// <summary>The upper halves of float32 numbers.</summary>
internal static class BFloat16
{
    /// <summary>Widens; exact.</summary>
    public static void ToSingle(ReadOnlySpan<ushort> values, Span<float> result)
    {
        var bits = MemoryMarshal.Cast<float, uint>(result);
        var (i, width) = (0, Vector<ushort>.Count);
        for (; i <= values.Length - width; i += width)
        {
            Vector.Widen(new Vector<ushort>(values[i..]), out var lower, out var upper);
            (lower << 16).CopyTo(bits[i..]);
            (upper << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < values.Length; i++)
        {
            bits[i] = (uint)values[i] << 16;
        }
    }
}
