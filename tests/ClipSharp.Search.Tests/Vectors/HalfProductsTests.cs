using ClipSharp.Search.Vectors;

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
            HalfProducts.Widen(halves, 1, all.Length, all.Length, floats);
        }

        Assert.Equal(all.Select(half => (float)half), wide);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(512)]
    [InlineData(770)]
    public void Fast_products_are_the_plain_ones_within_their_bound(int dimension)
    {
        const int Rows = 13;
        const int Queries = 8;
        var (queries, rows) = (UnitVectors.Draw(Queries, dimension, 1), UnitVectors.Draw(Rows, dimension, 2));
        Half[] halves = [.. rows.Values.Select(value => (Half)value)];
        var bound = HalfProducts.Bound(dimension, 1.01f);

        var (one, many) = (One(queries, halves, Rows), Many(queries, halves, Rows));

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
                Assert.Equal(plain, many[query][row], bound);
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

    private static float[][] Many(Embeddings queries, Half[] halves, int rows)
    {
        var padded = HalfProducts.Padded(queries.Dimension);
        var lines = new float[queries.Count * padded];
        for (var query = 0; query < queries.Count; query++)
        {
            queries.Row(query).CopyTo(lines.AsSpan(query * padded));
        }

        var products = Enumerable.Range(0, queries.Count).Select(_ => new float[rows]).ToArray();
        var (tile, block) = (new float[HalfProducts.TileRows * padded], new float[queries.Count * HalfProducts.TileRows]);
        fixed (Half* first = halves)
        fixed (float* queryRows = lines, tileRows = tile, blockRows = block)
        {
            for (var row = 0; row < rows; row += HalfProducts.TileRows)
            {
                var together = Math.Min(HalfProducts.TileRows, rows - row);
                HalfProducts.Widen(first + (row * queries.Dimension), together, queries.Dimension, padded, tileRows);
                HalfProducts.ManyQueries(queryRows, queries.Count, tileRows, together, padded, blockRows);
                for (var query = 0; query < queries.Count; query++)
                {
                    block.AsSpan(query * HalfProducts.TileRows, together).CopyTo(products[query].AsSpan(row));
                }
            }
        }

        return products;
    }
}
