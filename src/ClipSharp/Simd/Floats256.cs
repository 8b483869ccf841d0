using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClipSharp.Simd;

/// <summary>Eight floats.</summary>
internal readonly unsafe struct Floats256(Vector256<float> numbers) : IFloats<Floats256>
{
    private readonly Vector256<float> _numbers = numbers;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator +(Floats256 left, Floats256 right) => new(left._numbers + right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator *(Floats256 left, Floats256 right) => new(left._numbers * right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator /(Floats256 left, Floats256 right) => new(left._numbers / right._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Fill(float number) => new(Vector256.Create(number));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats256 numbers, float* to) => numbers._numbers.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Floats256 Lower, Floats256 Upper) Widen(ushort* from)
    {
        var (lower, upper) = Vector256.Widen(Vector256.Load(from));
        return (new((lower << 16).AsSingle()), new((upper << 16).AsSingle()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(Floats256 lower, Floats256 upper, ushort* to) =>
        Vector256.Narrow(Upper16(lower._numbers), Upper16(upper._numbers)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 MultiplyAdd(Floats256 a, Floats256 b, Floats256 c) =>
        new(Vector256.MultiplyAddEstimate(a._numbers, b._numbers, c._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Largest(Floats256 left, Floats256 right) => new(Vector256.MaxNative(left._numbers, right._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Smallest(Floats256 left, Floats256 right) => new(Vector256.MinNative(left._numbers, right._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Round(Floats256 numbers) => new(Vector256.Round(numbers._numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 PowerOfTwo(Floats256 n) =>
        new(Vector256.ShiftLeft(Vector256.ConvertToInt32(n._numbers) + Vector256.Create(127), 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats256 numbers) => Vector256.Sum(numbers._numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestOf(Floats256 numbers)
    {
        var four = Vector128.MaxNative(numbers._numbers.GetLower(), numbers._numbers.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    // A NaN stays one: those of bfloat16 inputs have no lower bits to carry over.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Upper16(Vector256<float> numbers)
    {
        var bits = numbers.AsUInt32();
        var odd = (bits >>> 16) & Vector256<uint>.One;
        return (bits + odd + Vector256.Create(0x7fffu)) >>> 16;
    }
}
