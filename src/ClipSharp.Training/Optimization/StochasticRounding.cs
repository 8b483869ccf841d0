using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ClipSharp.Training.Optimization;

/// <summary>Rounding to 16 bits that is right on average (paper 2.5; Gupta et al. 2015): x between its neighbours a and b becomes
/// b with probability (x − a) / (b − a). Changes smaller than half a step are then kept in the mean, where rounding to nearest
/// loses all of them. The draw for an element is a function of the key and the element's place, so nothing need be
/// saved.</summary>
internal static class StochasticRounding
{
    /// <summary>The largest number of half precision.</summary>
    public const float MostHalf = 65504;

    /// <summary>The key of a parameter's draws in a step.</summary>
    /// <param name="seed">The run's.</param>
    /// <param name="step">The step.</param>
    /// <param name="parameter">The parameter's number and what of it is rounded.</param>
    public static uint Key(long seed, long step, long parameter) =>
        new RandomStream(seed, RandomPurpose.Rounding, step, parameter).NextUInt32();

    /// <summary>Rounds to bfloat16; NaN and infinities stay.</summary>
    /// <param name="values">What to round.</param>
    /// <param name="result">The upper halves of float32 numbers.</param>
    /// <param name="key">Of the draws.</param>
    /// <param name="first">The first value's place in its parameter.</param>
    public static void ToBFloat16(ReadOnlySpan<float> values, Span<ushort> result, uint key, long first)
    {
        var width = Vector<ushort>.Count;
        Span<float> lastValues = stackalloc float[width];
        Span<ushort> lastResult = stackalloc ushort[width];
        for (var i = 0; i < values.Length; i += width)
        {
            var whole = values.Length - i >= width;
            if (!whole)
            {
                values[i..].CopyTo(lastValues);
            }

            var from = MemoryMarshal.Cast<float, uint>(whole ? values.Slice(i, width) : lastValues);
            var half = Vector<uint>.Count;
            var lower = Upper(new Vector<uint>(from), Mix(key, first + i));
            var upper = Upper(new Vector<uint>(from[half..]), Mix(key, first + i + half));
            var packed = Vector.Narrow(lower, upper);
            if (whole)
            {
                packed.CopyTo(result[i..]);
            }
            else
            {
                packed.CopyTo(lastResult);
                lastResult[..(values.Length - i)].CopyTo(result[i..]);
            }
        }
    }

    /// <summary>Rounds to half precision; beyond 65504 it becomes 65504, NaN stays.</summary>
    /// <param name="values">What to round.</param>
    /// <param name="result">Half precision.</param>
    /// <param name="key">Of the draws.</param>
    /// <param name="first">The first value's place in its parameter.</param>
    public static void ToHalf(ReadOnlySpan<float> values, Span<Half> result, uint key, long first)
    {
        var width = Vector<float>.Count;
        Span<float> rounded = stackalloc float[16 * width];
        for (var start = 0; start < values.Length; start += rounded.Length)
        {
            var count = Math.Min(rounded.Length, values.Length - start);
            values.Slice(start, count).CopyTo(rounded);
            for (var i = 0; i < count; i += width)
            {
                var lanes = rounded.Slice(i, width);
                ToHalfSteps(new Vector<float>(lanes), Mix(key, first + start + i)).CopyTo(lanes);
            }

            TensorPrimitives.ConvertToHalf(rounded[..count], result.Slice(start, count));
        }
    }

    // Adding 16 random bits below carries into the kept half as often as the lost half asks; not where the exponent is full.
    private static Vector<uint> Upper(Vector<uint> bits, Vector<uint> draw)
    {
        var full = new Vector<uint>(0x7F800000);
        var finite = Vector.OnesComplement(Vector.Equals(bits & full, full));
        var isNaN = Vector.AndNot(Vector.GreaterThan(bits & new Vector<uint>(0x7FFFFFFF), full), finite);
        return ((bits + (finite & (draw >>> 16))) | (isNaN & new Vector<uint>(0x400000))) >>> 16;
    }

    // The nearest multiples of half precision's step, as float32, which holds them exactly. 13 random bits: x / step has 11 bits
    // before and 13 behind the point, so that the sum is exact.
    private static Vector<float> ToHalfSteps(Vector<float> x, Vector<uint> draw)
    {
        var tenBits = new Vector<uint>(10 << 23);
        // subnormals share a step
        var exponent = Vector.Max(Vector.AsVectorUInt32(x) & new Vector<uint>(0x7F800000), new Vector<uint>((127 - 14) << 23));
        var step = Vector.AsVectorSingle(exponent - tenBits);
        // 1 / step
        var steps = Vector.AsVectorSingle(new Vector<uint>(254u << 23) - (exponent - tenBits));
        // [0, 1)
        var part = Vector.ConvertToSingle(Vector.AsVectorInt32(draw >>> 19)) * new Vector<float>(1f / (1 << 13));
        var rounded = Vector.Floor((x * steps) + part) * step;
        return Vector.Min(Vector.Max(rounded, new Vector<float>(-MostHalf)), new Vector<float>(MostHalf));
    }

    // A bijection of 32 bits in which every input bit turns every output bit about half the time.
    private static Vector<uint> Mix(uint key, long place)
    {
        var x = (Vector<uint>.Indices + new Vector<uint>((uint)place)) * new Vector<uint>(0x9E3779B9) + new Vector<uint>(key);
        x = (x ^ (x >>> 16)) * new Vector<uint>(0x7FEB352D);
        x = (x ^ (x >>> 15)) * new Vector<uint>(0x846CA68B);
        return x ^ (x >>> 16);
    }
}
