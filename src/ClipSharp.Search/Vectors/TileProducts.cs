using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClipSharp.Simd;

namespace ClipSharp.Search.Vectors;

/// <summary>Products of many queries with rows. Queries lie in the lanes of vectors, so that no sum goes across lanes and one
/// comparison tells whether any of them wants a row. Sums are in the order of the numbers: within
/// <see cref="HalfProducts.Bound"/> of the exact ones.</summary>
internal static unsafe class TileProducts
{
    private const int RowsAtOnce = 6;

    /// <summary>Queries of a group: two vectors.</summary>
    public static int GroupSize { get; } = Vector512.IsHardwareAccelerated ? 2 * Floats512.Count : 2 * Floats256.Count;

    /// <summary>Queries as <see cref="Multiply"/> reads them.</summary>
    /// <param name="queries">[Q, E].</param>
    /// <param name="groupSize">W, of <see cref="GroupSize"/>.</param>
    /// <returns>[G, E, W]: groups of W queries, the last one filled up with zeros.</returns>
    public static float[] Turned(Embeddings queries, int groupSize)
    {
        var (dimension, groups) = (queries.Dimension, (queries.Count + groupSize - 1) / groupSize);
        var turned = new float[(long)groups * dimension * groupSize];
        for (var query = 0; query < queries.Count; query++)
        {
            var row = queries.Row(query);
            var first = ((long)(query / groupSize) * dimension * groupSize) + (query % groupSize);
            for (var i = 0; i < dimension; i++)
            {
                turned[first + ((long)i * groupSize)] = row[i];
            }
        }

        return turned;
    }

    /// <summary>A group of queries with rows.</summary>
    /// <param name="queries">[E, W].</param>
    /// <param name="rows">[N, E].</param>
    /// <param name="count">N.</param>
    /// <param name="dimension">E.</param>
    /// <param name="products">[N, W], written.</param>
    public static void Multiply(float* queries, float* rows, int count, int dimension, float* products)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<Floats512>(queries, rows, count, dimension, products);
        }
        else
        {
            Multiply<Floats256>(queries, rows, count, dimension, products);
        }
    }

    /// <summary>By vectors of a width; W is twice their count.</summary>
    internal static void Multiply<T>(float* queries, float* rows, int count, int dimension, float* products)
        where T : unmanaged, IFloats<T>
    {
        for (var row = 0; row < count; row += RowsAtOnce)
        {
            Block<T>(queries, rows + ((long)row * dimension), Math.Min(RowsAtOnce, count - row), dimension,
                products + ((long)row * 2 * T.Count));
        }
    }

    // Twelve sums stay in registers. Where rows are fewer the last one is computed again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<T>(float* queries, float* r0, int count, int dimension, float* products)
        where T : unmanaged, IFloats<T>
    {
        var r1 = count > 1 ? r0 + dimension : r0;
        var r2 = count > 2 ? r1 + dimension : r1;
        var r3 = count > 3 ? r2 + dimension : r2;
        var r4 = count > 4 ? r3 + dimension : r3;
        var r5 = count > 5 ? r4 + dimension : r4;
        var zero = T.Fill(0);
        var (a0, a1, a2, a3, a4, a5) = (zero, zero, zero, zero, zero, zero);
        var (b0, b1, b2, b3, b4, b5) = (zero, zero, zero, zero, zero, zero);
        for (var i = 0; i < dimension; i++, queries += 2 * T.Count)
        {
            var (a, b) = (T.Load(queries), T.Load(queries + T.Count));
            var number = T.Fill(r0[i]);
            a0 = T.MultiplyAdd(a, number, a0);
            b0 = T.MultiplyAdd(b, number, b0);
            number = T.Fill(r1[i]);
            a1 = T.MultiplyAdd(a, number, a1);
            b1 = T.MultiplyAdd(b, number, b1);
            number = T.Fill(r2[i]);
            a2 = T.MultiplyAdd(a, number, a2);
            b2 = T.MultiplyAdd(b, number, b2);
            number = T.Fill(r3[i]);
            a3 = T.MultiplyAdd(a, number, a3);
            b3 = T.MultiplyAdd(b, number, b3);
            number = T.Fill(r4[i]);
            a4 = T.MultiplyAdd(a, number, a4);
            b4 = T.MultiplyAdd(b, number, b4);
            number = T.Fill(r5[i]);
            a5 = T.MultiplyAdd(a, number, a5);
            b5 = T.MultiplyAdd(b, number, b5);
        }

        Store(a0, b0, 0);
        Store(a1, b1, 1);
        Store(a2, b2, 2);
        Store(a3, b3, 3);
        Store(a4, b4, 4);
        Store(a5, b5, 5);

        void Store(T lower, T upper, int row)
        {
            if (row < count)
            {
                var to = products + ((long)row * 2 * T.Count);
                T.Store(lower, to);
                T.Store(upper, to + T.Count);
            }
        }
    }
}
