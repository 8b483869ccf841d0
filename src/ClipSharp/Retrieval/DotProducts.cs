using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClipSharp.Retrieval;

/// <summary>Products of rows with rows. Each is summed in one fixed order (eight lanes, then their sum, then the rest, no fused
/// multiply-add), whatever block it is computed in and wherever the rows lie: equal rows have equal products, so ties are ties,
/// and two machines rank alike. Library sums promise neither.</summary>
internal static class DotProducts
{
    private const int Lanes = 8;
    private const int QueryTile = 4;
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

        var q = 0;
        for (; q + QueryTile <= queryCount; q += QueryTile)
        {
            FourQueries(queries, firstQuery + q, items, firstItem, itemCount, products[(q * itemCount)..]);
        }

        for (; q < queryCount; q++)
        {
            OneQuery(queries.Row(firstQuery + q), items, firstItem, itemCount, products.Slice(q * itemCount, itemCount));
        }
    }

    // An item that is in a register meets four queries: a quarter of the traffic where items come from beyond the first cache.
    private static void FourQueries(Embeddings queries, int first, Embeddings items, int firstItem, int itemCount,
        Span<float> products)
    {
        var a = queries.Row(first);
        var b = queries.Row(first + 1);
        var c = queries.Row(first + 2);
        var d = queries.Row(first + 3);
        var whole = a.Length - (a.Length % Lanes);
        var zero = Vector256<float>.Zero;
        var i = 0;
        for (; i + 2 <= itemCount; i += 2)
        {
            var x = items.Row(firstItem + i);
            var y = items.Row(firstItem + i + 1);
            var (ax, bx, cx, dx) = (zero, zero, zero, zero);
            var (ay, by, cy, dy) = (zero, zero, zero, zero);
            for (var at = 0; at < whole; at += Lanes)
            {
                var (left, right) = (Load(x, at), Load(y, at));
                var query = Load(a, at);
                ax += query * left;
                ay += query * right;
                query = Load(b, at);
                bx += query * left;
                by += query * right;
                query = Load(c, at);
                cx += query * left;
                cy += query * right;
                query = Load(d, at);
                dx += query * left;
                dy += query * right;
            }

            var (second, third, fourth) = (itemCount + i, (2 * itemCount) + i, (3 * itemCount) + i);
            (products[i], products[i + 1]) = (Finish(ax, a, x, whole), Finish(ay, a, y, whole));
            (products[second], products[second + 1]) = (Finish(bx, b, x, whole), Finish(by, b, y, whole));
            (products[third], products[third + 1]) = (Finish(cx, c, x, whole), Finish(cy, c, y, whole));
            (products[fourth], products[fourth + 1]) = (Finish(dx, d, x, whole), Finish(dy, d, y, whole));
        }

        if (i < itemCount)
        {
            var last = items.Row(firstItem + i);
            (products[i], products[itemCount + i]) = (Single(a, last), Single(b, last));
            (products[(2 * itemCount) + i], products[(3 * itemCount) + i]) = (Single(c, last), Single(d, last));
        }
    }

    private static void OneQuery(ReadOnlySpan<float> query, Embeddings items, int firstItem, int itemCount, Span<float> products)
    {
        var i = 0;
        for (; i + Tile <= itemCount; i += Tile)
        {
            FourItems(query, items, firstItem + i, products[i..]);
        }

        for (; i < itemCount; i++)
        {
            products[i] = Single(query, items.Row(firstItem + i));
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
