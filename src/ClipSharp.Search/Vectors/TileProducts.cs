using System.Runtime.Intrinsics;
using ClipSharp.Simd;

namespace ClipSharp.Search.Vectors;

/// <summary>Products of many queries with rows. Queries lie in the lanes of vectors, so that no sum goes across lanes and one
/// comparison tells whether any of them wants a row. Sums are in the order of the numbers: within
/// <see cref="HalfProducts.Bound"/> of the exact ones.</summary>
internal static unsafe class TileProducts
{
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
    /// <param name="rows">[N, E], and room for a last four: what stands there is multiplied in vain.</param>
    /// <param name="count">N.</param>
    /// <param name="dimension">E.</param>
    /// <param name="products">[N, W], and room for a last four, written.</param>
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
        var group = 2 * T.Count;
        for (var row = 0; row < count; row += FourRows.Count)
        {
            FourRows.Multiply<T>(rows + ((long)row * dimension), dimension, queries, group, dimension, group,
                products + ((long)row * group), group);
        }
    }
}
