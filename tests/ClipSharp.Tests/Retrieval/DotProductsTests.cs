using ClipSharp.Retrieval;

namespace ClipSharp.Tests.Retrieval;

[Trait("Category", "Vectors")]
public sealed class DotProductsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(33)]
    [InlineData(512)]
    public void Products_equal_the_sum_in_double(int dimension)
    {
        var (queries, items) = (UnitVectors.Draw(3, dimension, 1), UnitVectors.Draw(7, dimension, 2));
        var products = new float[2 * 5];
        DotProducts.Block(queries, 1, 2, items, 2, 5, products);
        for (var q = 0; q < 2; q++)
        {
            for (var i = 0; i < 5; i++)
            {
                var expected = queries.Row(1 + q).ToArray().Zip(items.Row(2 + i).ToArray(), (a, b) => (double)a * b).Sum();
                Assert.Equal(expected, products[(q * 5) + i], 1e-6);
            }
        }
    }

    [Fact]
    public void A_product_has_the_same_bits_in_any_block_and_at_any_place()
    {
        const int dimension = 61;
        var row = UnitVectors.Draw(1, dimension, 3);
        var items = row.Rows([.. Enumerable.Repeat(0, 9)]); // rows of 61 floats: every alignment occurs
        var query = UnitVectors.Draw(1, dimension, 4);
        var products = new float[9];
        DotProducts.Block(query, 0, 1, items, 0, 9, products);
        Assert.All(products, product => Assert.Equal(DotProducts.Single(query.Row(0), row.Row(0)), product));
    }

    [Fact]
    public void Vectors_of_different_spaces_are_refused() =>
        Assert.Throws<ArgumentException>(() =>
            DotProducts.Block(UnitVectors.Draw(1, 8, 1), 0, 1, UnitVectors.Draw(1, 9, 1), 0, 1, new float[1]));
}
