using System.Runtime.CompilerServices;

namespace ClipSharp.Simd;

/// <summary>Functions of many floats at once.</summary>
internal static class FloatFunctions
{
    /// <summary>The exponential within 2 units of the last place: 2ⁿ · exp(r) with |r| ≤ ln 2 / 2, ln 2 taken off in two parts
    /// and exp(r) by its series to the seventh power. Arguments are held where the result is a normal number; a NaN
    /// stays one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : unmanaged, IFloats<T>
    {
        const float Ln2High = 0.693359375f; // few bits: n times it is exact
        const float Ln2Low = -2.12194440e-4f;
        x = T.Smallest(T.Fill(88f), T.Largest(T.Fill(-87f), x));
        var n = T.Round(x * T.Fill(1.44269504f));
        var r = T.MultiplyAdd(n, T.Fill(-Ln2Low), T.MultiplyAdd(n, T.Fill(-Ln2High), x));
        var series = T.Fill(1f / 5040);
        series = T.MultiplyAdd(series, r, T.Fill(1f / 720));
        series = T.MultiplyAdd(series, r, T.Fill(1f / 120));
        series = T.MultiplyAdd(series, r, T.Fill(1f / 24));
        series = T.MultiplyAdd(series, r, T.Fill(1f / 6));
        series = T.MultiplyAdd(series, r, T.Fill(0.5f));
        series = T.MultiplyAdd(series, r * r, r) + T.Fill(1);
        return series * T.PowerOfTwo(n);
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Logistic<T>(T x) where T : unmanaged, IFloats<T> =>
        T.Fill(1) / (T.Fill(1) + Exp(x * T.Fill(-1)));
}
