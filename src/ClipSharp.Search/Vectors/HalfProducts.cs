using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClipSharp.Search.Vectors;

/// <summary>Products of a float32 query with float16 rows, at the speed of memory. Sums are in whatever order is fast: equal to
/// the plain sum within <see cref="Bound"/>.</summary>
/// <remarks>Eight halves become eight floats by two operations on integers: the bits are put where a float has them, which leaves
/// the exponent 112 too small; the query is multiplied by 2^112 beforehand. That is exact for every finite half, subnormal ones
/// too. Not for infinities and NaN, which no vector of an index holds.</remarks>
internal static unsafe class HalfProducts
{
    /// <summary>What queries are multiplied by before the products.</summary>
    public const float Scale = 5.192296858534828e33f; // 2^112

    private const int Lanes = 8;
    private const int LineHalves = 32; // of a line of the cache: one turn
    private const int Ahead = 4096; // 8 KiB: the processor itself looks ahead to the end of a page only
    private const int SignAndNumber = unchecked((int)0x8FFFE000);

    /// <summary>The largest difference of such a product from the exact one, for vectors of a length.</summary>
    /// <param name="dimension">E: each addition rounds by 2^-24 at most.</param>
    /// <param name="norm">The product of both lengths.</param>
    public static float Bound(int dimension, float norm) => dimension * norm / (1 << 24);

    /// <summary>One query with rows.</summary>
    /// <param name="query">[E], times <see cref="Scale"/>.</param>
    /// <param name="rows">[N, E].</param>
    /// <param name="count">N.</param>
    /// <param name="products">[N], written.</param>
    public static void OneQuery(ReadOnlySpan<float> query, Half* rows, int count, Span<float> products)
    {
        var whole = query.Length - (query.Length % LineHalves);
        fixed (float* q = query)
        {
            for (var row = 0; row < count; row++, rows += query.Length)
            {
                products[row] = OneRow(q, rows, whole);
                for (var i = whole; i < query.Length; i++)
                {
                    products[row] += (float)rows[i] * (query[i] / Scale);
                }
            }
        }
    }

    /// <summary>Rows as float32.</summary>
    /// <param name="rows">[N, E].</param>
    /// <param name="count">N · E.</param>
    /// <param name="wide">[N, E], written.</param>
    public static void Widen(Half* rows, int count, float* wide)
    {
        var scale = Vector256.Create(Scale);
        var i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            (Unscaled(rows + i) * scale).Store(wide + i);
        }

        for (; i < count; i++)
        {
            wide[i] = (float)rows[i];
        }
    }

    // Row after row, as memory is read fastest: two at once took half as long again. No call is in here, so that the sums stay in
    // registers.
    private static float OneRow(float* query, Half* row, int length)
    {
        var zero = Vector256<float>.Zero;
        var (a, b, c, d) = (zero, zero, zero, zero);
        for (var i = 0; i < length; i += LineHalves)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(row + i + Ahead); // of an address behind the last row nothing comes
            }

            a = Vector256.MultiplyAddEstimate(Unscaled(row + i), Vector256.Load(query + i), a);
            b = Vector256.MultiplyAddEstimate(Unscaled(row + i + Lanes), Vector256.Load(query + i + Lanes), b);
            c = Vector256.MultiplyAddEstimate(Unscaled(row + i + (2 * Lanes)), Vector256.Load(query + i + (2 * Lanes)), c);
            d = Vector256.MultiplyAddEstimate(Unscaled(row + i + (3 * Lanes)), Vector256.Load(query + i + (3 * Lanes)), d);
        }

        return Vector256.Sum((a + b) + (c + d));
    }

    // Eight halves as floats that are 2^112 too small.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Unscaled(Half* halves)
    {
        var wide = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32((short*)halves)
            : Widened(Vector128.Load((short*)halves));
        return (Vector256.ShiftLeft(wide, 13) & Vector256.Create(SignAndNumber)).AsSingle();
    }

    private static Vector256<int> Widened(Vector128<short> eight) =>
        Vector256.Create(Vector128.WidenLower(eight), Vector128.WidenUpper(eight));
}
