using System.Runtime.CompilerServices;

namespace ClipSharp.Simd;

/// <summary>The product of four rows and a matrix, one thread's share of a larger one. The matrix' columns lie in the lanes of
/// vectors, so that no sum goes across lanes; eight sums stay in registers.</summary>
internal static unsafe class FourRows
{
    /// <summary>How many.</summary>
    public const int Count = 4;

    /// <param name="rows">[4, K].</param>
    /// <param name="rowStride">From one row to the next.</param>
    /// <param name="matrix">[K, N].</param>
    /// <param name="matrixStride">From one row to the next.</param>
    /// <param name="depth">K.</param>
    /// <param name="columns">N, whole pairs of vectors.</param>
    /// <param name="products">[4, N], written.</param>
    /// <param name="productStride">From one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(float* rows, int rowStride, float* matrix, int matrixStride, int depth, int columns,
        float* products, int productStride)
        where T : unmanaged, IFloats<T>
    {
        float* second = rows + rowStride, third = second + rowStride, fourth = third + rowStride;
        for (var column = 0; column < columns; column += 2 * T.Count)
        {
            T low0 = T.Fill(0), low1 = low0, low2 = low0, low3 = low0, high0 = low0, high1 = low0, high2 = low0, high3 = low0;
            var line = matrix + column;
            for (var k = 0; k < depth; k++, line += matrixStride)
            {
                var (low, high) = (T.Load(line), T.Load(line + T.Count));
                var x = T.Fill(rows[k]);
                low0 = T.MultiplyAdd(x, low, low0);
                high0 = T.MultiplyAdd(x, high, high0);
                x = T.Fill(second[k]);
                low1 = T.MultiplyAdd(x, low, low1);
                high1 = T.MultiplyAdd(x, high, high1);
                x = T.Fill(third[k]);
                low2 = T.MultiplyAdd(x, low, low2);
                high2 = T.MultiplyAdd(x, high, high2);
                x = T.Fill(fourth[k]);
                low3 = T.MultiplyAdd(x, low, low3);
                high3 = T.MultiplyAdd(x, high, high3);
            }

            var to = products + column;
            Store(low0, high0, to);
            Store(low1, high1, to + productStride);
            Store(low2, high2, to + (2 * productStride));
            Store(low3, high3, to + (3 * productStride));
        }
    }

    /// <summary>Two vectors side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T low, T high, float* to)
        where T : unmanaged, IFloats<T>
    {
        T.Store(low, to);
        T.Store(high, to + T.Count);
    }
}
