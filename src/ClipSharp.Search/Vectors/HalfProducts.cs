using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClipSharp.Search.Vectors;

/// <summary>Products of float32 queries with float16 rows, at the speed of memory for one query and near that of the multipliers
/// for many. Sums are in whatever order is fast: equal to the plain sum within <see cref="Bound"/>.</summary>
/// <remarks>Eight halves become eight floats by two operations on integers: the bits are put where a float has them, which leaves
/// the exponent 112 too small; the query is multiplied by 2^112 beforehand. That is exact for every finite half, subnormal ones
/// too. Not for infinities and NaN, which no vector of an index holds.</remarks>
internal static unsafe class HalfProducts
{
    /// <summary>What queries are multiplied by before the products.</summary>
    public const float Scale = 5.192296858534828e33f; // 2^112

    /// <summary>Rows of a tile: with three queries of 512 they fit into 32 KiB.</summary>
    public const int TileRows = 8;

    private const int Lanes = 8;
    private const int Ahead = 2048; // 4 KiB: the processor itself looks ahead to the end of a page only
    private const int QueriesAtOnce = 3;
    private const int RowsAtOnce = 4;
    private const int SignAndNumber = unchecked((int)0x8FFFE000);

    /// <summary>The largest difference of such a product from the exact one, for vectors of a length.</summary>
    /// <param name="dimension">E: each addition rounds by 2^-24 at most.</param>
    /// <param name="norm">The product of both lengths.</param>
    public static float Bound(int dimension, float norm) => dimension * norm / (1 << 24);

    /// <summary>Numbers of a row padded to whole vectors.</summary>
    public static int Padded(int dimension) => (dimension + Lanes - 1) / Lanes * Lanes;

    /// <summary>One query with rows.</summary>
    /// <param name="query">[E], times <see cref="Scale"/>.</param>
    /// <param name="rows">[N, E].</param>
    /// <param name="count">N.</param>
    /// <param name="products">[N], written.</param>
    public static void OneQuery(ReadOnlySpan<float> query, Half* rows, int count, Span<float> products)
    {
        var dimension = query.Length;
        var whole = dimension - (dimension % (2 * Lanes));
        fixed (float* q = query)
        {
            var row = 0;
            for (; row + 2 <= count; row += 2)
            {
                var first = rows + ((long)row * dimension);
                products[row] = TwoRows(q, first, first + dimension, whole, out products[row + 1]);
            }

            if (row < count)
            {
                var last = rows + ((long)row * dimension);
                products[row] = TwoRows(q, last, last, whole, out _);
            }
        }

        for (var row = 0; whole < dimension && row < count; row++)
        {
            products[row] += Rest(query, rows + ((long)row * dimension), whole);
        }
    }

    /// <summary>Many queries with a tile of rows.</summary>
    /// <param name="queries">[Q, P]: each padded with zeros to <see cref="Padded"/> numbers; not multiplied by <see
    /// cref="Scale"/>.</param>
    /// <param name="queryCount">Q.</param>
    /// <param name="tile">[I, P] from <see cref="Widen"/>.</param>
    /// <param name="rowCount">I.</param>
    /// <param name="padded">P.</param>
    /// <param name="products">[Q, I] with I = <see cref="TileRows"/> between two queries, written.</param>
    public static void ManyQueries(float* queries, int queryCount, float* tile, int rowCount, int padded, float* products)
    {
        for (var query = 0; query < queryCount; query += QueriesAtOnce)
        {
            var together = Math.Min(QueriesAtOnce, queryCount - query);
            var q0 = queries + ((long)query * padded);
            var q1 = together > 1 ? q0 + padded : q0;
            var q2 = together > 2 ? q1 + padded : q0;
            for (var row = 0; row < rowCount; row += RowsAtOnce)
            {
                Block(q0, q1, q2, together, tile + (row * padded), padded, products + (query * TileRows) + row);
            }
        }
    }

    /// <summary>Rows as float32, each padded with zeros.</summary>
    /// <param name="rows">[N, E].</param>
    /// <param name="count">N.</param>
    /// <param name="dimension">E.</param>
    /// <param name="padded">P.</param>
    /// <param name="tile">[N, P], written.</param>
    public static void Widen(Half* rows, int count, int dimension, int padded, float* tile)
    {
        var scale = Vector256.Create(Scale);
        for (var row = 0; row < count; row++, rows += dimension, tile += padded)
        {
            var i = 0;
            for (; i + Lanes <= dimension; i += Lanes)
            {
                (Unscaled(rows + i) * scale).Store(tile + i);
            }

            for (; i < padded; i++)
            {
                tile[i] = i < dimension ? (float)rows[i] : 0;
            }
        }
    }

    // No call is in here, so that the sums stay in registers.
    private static float TwoRows(float* query, Half* a, Half* b, int length, out float productOfB)
    {
        var zero = Vector256<float>.Zero;
        var (a0, a1, b0, b1) = (zero, zero, zero, zero);
        for (var i = 0; i < length; i += 2 * Lanes)
        {
            if (Sse.IsSupported)
            {
                // Of an address behind the last row nothing comes of it.
                Sse.Prefetch0(a + i + Ahead);
                Sse.Prefetch0(b + i + Ahead);
            }

            var x = Vector256.Load(query + i);
            a0 = Vector256.MultiplyAddEstimate(Unscaled(a + i), x, a0);
            b0 = Vector256.MultiplyAddEstimate(Unscaled(b + i), x, b0);
            var y = Vector256.Load(query + i + Lanes);
            a1 = Vector256.MultiplyAddEstimate(Unscaled(a + i + Lanes), y, a1);
            b1 = Vector256.MultiplyAddEstimate(Unscaled(b + i + Lanes), y, b1);
        }

        productOfB = Vector256.Sum(b0 + b1);
        return Vector256.Sum(a0 + a1);
    }

    private static float Rest(ReadOnlySpan<float> query, Half* row, int from)
    {
        var sum = 0f;
        for (var i = from; i < query.Length; i++)
        {
            sum += (float)row[i] * (query[i] / Scale);
        }

        return sum;
    }

    // Twelve sums stay in registers: a number of a row is used three times, one of a query four times.
    private static void Block(float* q0, float* q1, float* q2, int together, float* rows, int padded, float* products)
    {
        var r1 = rows + padded;
        var r2 = r1 + padded;
        var r3 = r2 + padded;
        var zero = Vector256<float>.Zero;
        var (s00, s01, s02, s03) = (zero, zero, zero, zero);
        var (s10, s11, s12, s13) = (zero, zero, zero, zero);
        var (s20, s21, s22, s23) = (zero, zero, zero, zero);
        for (var i = 0; i < padded; i += Lanes)
        {
            var (x, y, z) = (Vector256.Load(q0 + i), Vector256.Load(q1 + i), Vector256.Load(q2 + i));
            var row = Vector256.Load(rows + i);
            s00 = Vector256.MultiplyAddEstimate(x, row, s00);
            s10 = Vector256.MultiplyAddEstimate(y, row, s10);
            s20 = Vector256.MultiplyAddEstimate(z, row, s20);
            row = Vector256.Load(r1 + i);
            s01 = Vector256.MultiplyAddEstimate(x, row, s01);
            s11 = Vector256.MultiplyAddEstimate(y, row, s11);
            s21 = Vector256.MultiplyAddEstimate(z, row, s21);
            row = Vector256.Load(r2 + i);
            s02 = Vector256.MultiplyAddEstimate(x, row, s02);
            s12 = Vector256.MultiplyAddEstimate(y, row, s12);
            s22 = Vector256.MultiplyAddEstimate(z, row, s22);
            row = Vector256.Load(r3 + i);
            s03 = Vector256.MultiplyAddEstimate(x, row, s03);
            s13 = Vector256.MultiplyAddEstimate(y, row, s13);
            s23 = Vector256.MultiplyAddEstimate(z, row, s23);
        }

        Sums(s00, s01, s02, s03).Store(products);
        if (together > 1)
        {
            Sums(s10, s11, s12, s13).Store(products + TileRows);
        }

        if (together > 2)
        {
            Sums(s20, s21, s22, s23).Store(products + (2 * TileRows));
        }
    }

    private static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) =>
        Vector128.Create(Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));

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
