using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Tests;

/// <summary>What no array holds is refused in words, not by an overflow.</summary>
public sealed class EmbeddingsTests
{
    private const int Most = 4_194_303; // rows of 512 in one array of 2^31 - 57 numbers

    [Fact]
    public void As_many_vectors_as_one_array_holds_have_room() => Assert.Equal(Most * 512, Embeddings.Room(Most, 512));

    [Theory]
    [InlineData(Most + 1, 512)]
    [InlineData(int.MaxValue, 2)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void More_vectors_than_one_array_holds_are_refused(int count, int dimension)
    {
        var refusal = Assert.Throws<ClipException>(() => Embeddings.Room(count, dimension));

        Assert.Equal(ClipError.Unavailable, refusal.Kind);
        Assert.Contains(FormattableString.Invariant($"{count} vectors of {dimension}"), refusal.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(26_755)]
    [InlineData(65_536)]
    [InlineData(int.MaxValue)]
    public void A_side_whose_square_is_beyond_an_int_is_no_batch_of_pictures(int size) =>
        Assert.Throws<ArgumentException>(() => new PixelBatch(new byte[3], size));

    [Fact]
    public void A_context_whose_product_is_beyond_an_int_is_no_batch_of_texts() =>
        Assert.Throws<ArgumentException>(() => new TokenBatch([], 1 << 30, [0, 0, 0, 0]));
}
