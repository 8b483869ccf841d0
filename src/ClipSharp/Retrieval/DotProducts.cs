using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClipSharp.Retrieval;

/// <summary>Products of rows with rows. Each is summed in one fixed order (eight lanes, then their sum, then the rest, no fused
/// multiply-add), whatever block it is computed in and wherever the rows lie: equal rows have equal products, so ties are ties,
/// and two machines rank alike. Library sums promise neither.</summary>
internal static class DotProducts
{
    private const int Lanes = 8;
    private const int Tile = 4; // items a pass: four independent sums hide the latency of an addition

    /// <summary>One product.</summary>
    public static float Single(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var whole = a.Length - (a.Length % Lanes);
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < whole; i += Lanes)
        {
            sum += Load(a, i) * Load(b, i);
        }

        return Finish(sum, a, b, whole);
    }

    /// <summary>Products of some queries with some items.</summary>
    /// <param name="queries">[N, E].</param>
    /// <param name="firstQuery">The first query of the block.</param>
    /// <param name="queryCount">Q.</param>
    /// <param name="items">[M, E].</param>
    /// <param name="firstItem">The first item of the block.</param>
    /// <param name="itemCount">I.</param>
    /// <param name="products">[Q, I], written.</param>
    public static void Block(Embeddings queries, int firstQuery, int queryCount, Embeddings items, int firstItem, int itemCount,
        Span<float> products)
    {
        if (queries.Dimension != items.Dimension)
        {
            throw new ArgumentException($"Vectors of {queries.Dimension} and of {items.Dimension} numbers have no product.",
                nameof(items));
        }

        for (var q = 0; q < queryCount; q++)
        {
            var query = queries.Row(firstQuery + q);
            var row = products.Slice(q * itemCount, itemCount);
            var i = 0;
            for (; i + Tile <= itemCount; i += Tile)
            {
                FourItems(query, items, firstItem + i, row[i..]);
            }

            for (; i < itemCount; i++)
            {
                row[i] = Single(query, items.Row(firstItem + i));
            }
        }
    }

    private static void FourItems(ReadOnlySpan<float> query, Embeddings items, int first, Span<float> products)
    {
        var a = items.Row(first);
        var b = items.Row(first + 1);
        var c = items.Row(first + 2);
        var d = items.Row(first + 3);
        var whole = query.Length - (query.Length % Lanes);
        var zero = Vector256<float>.Zero;
        var (sumA, sumB, sumC, sumD) = (zero, zero, zero, zero);
        for (var i = 0; i < whole; i += Lanes)
        {
            var x = Load(query, i);
            sumA += x * Load(a, i);
            sumB += x * Load(b, i);
            sumC += x * Load(c, i);
            sumD += x * Load(d, i);
        }

        products[0] = Finish(sumA, query, a, whole);
        products[1] = Finish(sumB, query, b, whole);
        products[2] = Finish(sumC, query, c, whole);
        products[3] = Finish(sumD, query, d, whole);
    }

    private static float Finish(Vector256<float> sum, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int from)
    {
        var result = Vector256.Sum(sum);
        for (var i = from; i < a.Length; i++)
        {
            result += a[i] * b[i];
        }

        return result;
    }

    private static Vector256<float> Load(ReadOnlySpan<float> row, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)at);
}
