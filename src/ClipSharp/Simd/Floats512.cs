using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClipSharp.Simd;

/// <summary>Sixteen floats.</summary>
internal readonly unsafe struct Floats512(Vector512<float> numbers) : IFloats<Floats512>
{
    private readonly Vector512<float> _numbers = numbers;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator +(Floats512 left, Floats512 right) => new(left._numbers + right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator *(Floats512 left, Floats512 right) => new(left._numbers * right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator /(Floats512 left, Floats512 right) => new(left._numbers / right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Fill(float number) => new(Vector512.Create(number));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats512 numbers, float* to) => numbers._numbers.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Floats512 Lower, Floats512 Upper) Widen(ushort* from)
    {
        var (lower, upper) = Vector512.Widen(Vector512.Load(from));
        return (new((lower << 16).AsSingle()), new((upper << 16).AsSingle()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(Floats512 lower, Floats512 upper, ushort* to) =>
        Vector512.Narrow(Upper16(lower._numbers), Upper16(upper._numbers)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 MultiplyAdd(Floats512 a, Floats512 b, Floats512 c) =>
        new(Vector512.MultiplyAddEstimate(a._numbers, b._numbers, c._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Largest(Floats512 left, Floats512 right) => new(Vector512.MaxNative(left._numbers, right._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Smallest(Floats512 left, Floats512 right) => new(Vector512.MinNative(left._numbers, right._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Round(Floats512 numbers) => new(Vector512.Round(numbers._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 PowerOfTwo(Floats512 n) =>
        new(Vector512.ShiftLeft(Vector512.ConvertToInt32(n._numbers) + Vector512.Create(127), 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats512 numbers) => Vector512.Sum(numbers._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestOf(Floats512 numbers) =>
        Floats256.LargestOf(new(Vector256.MaxNative(numbers._numbers.GetLower(), numbers._numbers.GetUpper())));

    // A NaN stays one: those of bfloat16 inputs have no lower bits to carry over.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Upper16(Vector512<float> numbers)
    {
        var bits = numbers.AsUInt32();
        var odd = (bits >>> 16) & Vector512<uint>.One;
        return (bits + odd + Vector512.Create(0x7fffu)) >>> 16;
    }
}
