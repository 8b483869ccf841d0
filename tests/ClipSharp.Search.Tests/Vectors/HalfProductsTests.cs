using ClipSharp.Search.Vectors;
using ClipSharp.Simd;

namespace ClipSharp.Search.Tests.Vectors;

[Trait("Category", "Vectors")]
public sealed unsafe class HalfProductsTests
{
    [Fact]
    public void Every_finite_half_is_widened_to_its_own_value()
    {
        Half[] all = [.. Enumerable.Range(0, 65536).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits))
            .Where(Half.IsFinite)];
        var wide = new float[all.Length];

        fixed (Half* halves = all)
        fixed (float* floats = wide)
        {
            HalfProducts.Widen(halves, all.Length, floats);
        }

        Assert.Equal(all.Select(half => (float)half), wide);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(33)]
    [InlineData(512)]
    [InlineData(770)]
    public void Fast_products_are_the_plain_ones_within_their_bound(int dimension)
    {
        const int Rows = 13;
        const int Queries = 37; // more than a group of either width
        var (queries, rows) = (UnitVectors.Draw(Queries, dimension, 1), UnitVectors.Draw(Rows, dimension, 2));
        Half[] halves = [.. rows.Values.Select(value => (Half)value)];
        var bound = HalfProducts.Bound(dimension, 1.01f);

        var one = One(queries, halves, Rows);
        var (wide, narrow) = (Many<Floats512>(queries, halves, Rows), Many<Floats256>(queries, halves, Rows));

        for (var query = 0; query < Queries; query++)
        {
            for (var row = 0; row < Rows; row++)
            {
                var plain = 0.0;
                for (var i = 0; i < dimension; i++)
                {
                    plain += (double)queries.Row(query)[i] * (double)halves[(row * dimension) + i];
                }

                Assert.Equal(plain, one[query][row], bound);
                Assert.Equal(plain, wide(query, row), bound);
                Assert.Equal(plain, narrow(query, row), bound);
            }
        }
    }

    private static float[][] One(Embeddings queries, Half[] halves, int rows)
    {
        var products = new float[queries.Count][];
        fixed (Half* first = halves)
        {
            for (var query = 0; query < queries.Count; query++)
            {
                products[query] = new float[rows];
                HalfProducts.OneQuery([.. queries.Row(query).ToArray().Select(x => x * HalfProducts.Scale)], first, rows,
                    products[query]);
            }
        }

        return products;
    }

    private static Func<int, int, float> Many<T>(Embeddings queries, Half[] halves, int rows) where T : unmanaged, IFloats<T>
    {
        var (group, dimension) = (2 * T.Count, queries.Dimension);
        var turned = TileProducts.Turned(queries, group);
        var room = (rows + FourRows.Count - 1) / FourRows.Count * FourRows.Count;
        var (tile, products) = (new float[room * dimension], new float[turned.Length / dimension * room]);
        fixed (Half* first = halves)
        fixed (float* lanes = turned, tileRows = tile, to = products)
        {
            HalfProducts.Widen(first, rows * dimension, tileRows);
            for (var query = 0; query < queries.Count; query += group)
            {
                TileProducts.Multiply<T>(lanes + (query * dimension), tileRows, rows, dimension, to + (query * room));
            }
        }

        return (query, row) => products[(query / group * room * group) + (row * group) + (query % group)];
    }
}
