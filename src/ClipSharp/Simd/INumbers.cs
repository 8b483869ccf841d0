using System.Runtime.CompilerServices;

namespace ClipSharp.Simd;

/// <summary>A type of numbers in memory, which are computed with as floats, two vectors at once: 16 bits are packed by
/// pairs.</summary>
internal unsafe interface INumbers
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    static abstract (T Lower, T Upper) Load<T>(byte* from) where T : unmanaged, IFloats<T>;

    static abstract void Store<T>(T lower, T upper, byte* to) where T : unmanaged, IFloats<T>;
}

internal readonly unsafe struct Float32Numbers : INumbers
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Lower, T Upper) Load<T>(byte* from) where T : unmanaged, IFloats<T> =>
        (T.Load((float*)from), T.Load((float*)from + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T lower, T upper, byte* to) where T : unmanaged, IFloats<T>
    {
        T.Store(lower, (float*)to);
        T.Store(upper, (float*)to + T.Count);
    }
}

/// <summary>The upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Numbers : INumbers
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Lower, T Upper) Load<T>(byte* from) where T : unmanaged, IFloats<T> => T.Widen((ushort*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T lower, T upper, byte* to) where T : unmanaged, IFloats<T> =>
        T.Narrow(lower, upper, (ushort*)to);
}
