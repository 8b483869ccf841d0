using System.Runtime.Intrinsics;

namespace ClipSharp.Images.Resampling;

/// <summary>Sixteen bytes as integers and back.</summary>
internal static class ByteVectors
{
    public const int Count = 16;

    /// <summary>The first sixteen bytes.</summary>
    public static (Vector256<int> Low, Vector256<int> High) Widen(ReadOnlySpan<byte> bytes)
    {
        var words = Vector256.WidenLower(Vector128.Create(bytes[..Count]).ToVector256Unsafe());
        var (low, high) = Vector256.Widen(words);
        return (low.AsInt32(), high.AsInt32());
    }

    /// <summary>Shifts the numbers right and clips them to bytes.</summary>
    public static Vector128<byte> Clip(Vector256<int> low, Vector256<int> high, int shift)
    {
        var first = Vector256.Clamp(low >> shift, Vector256<int>.Zero, Vector256.Create(255));
        var second = Vector256.Clamp(high >> shift, Vector256<int>.Zero, Vector256.Create(255));
        var words = Vector256.Narrow(first.AsUInt32(), second.AsUInt32());
        return Vector128.Narrow(words.GetLower(), words.GetUpper());
    }
}
