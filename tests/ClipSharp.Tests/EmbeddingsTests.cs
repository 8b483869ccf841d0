using ClipSharp.Images;
using ClipSharp.Text;

namespace ClipSharp.Tests;

/// <summary>Vectors and pictures beyond what one array holds are there, and what no memory holds is refused in words.</summary>
public sealed class EmbeddingsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    public void Long_words_hold_numbers_as_an_array_of_them_does(int count, int length)
    {
        var (plain, words) = (new LargeArray<float>((long)count * length), LargeArray<float>.OfLongWords((long)count * length));
        for (var i = 0; i < count; i++)
        {
            plain.Slice((long)i * length, length).Fill(i);
            words.Slice((long)i * length, length).Fill(i);
        }

        Assert.Equal(plain.Values, words.Slice(0, count * length).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => words.Slice((count * length) - length + 1, length).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => words.Slice(-1, 1).Length);
        Assert.Throws<ClipException>(() => words.Values);
    }

    // Memory that nobody writes to is none: a page for each picture that is touched.
    [Fact]
    public void A_batch_of_pictures_beyond_2_GiB_reaches_its_last_one()
    {
        var batch = new PixelBatch(14_267, 224);
        batch.Picture(14_266).Fill(3);
        batch.Picture(0).Fill(1);
        Assert.Equal((14_267, 3, 1), (batch.Count, batch.Picture(14_266)[^1], batch.Picture(0)[0]));
        Assert.Equal(3, batch.Pictures([0, 14_266]).Values[^1]);
        Assert.Contains("found 2,147,582,976 Bytes", Assert.Throws<ClipException>(() => batch.Values).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Picture(14_267).Length);
    }

    [Theory]
    [InlineData(int.MaxValue, 2)]
    [InlineData(int.MaxValue, 26_755)]
    [InlineData(1, int.MaxValue)]
    public void More_pictures_than_memory_can_hold_are_refused(int count, int size)
    {
        var refusal = Assert.Throws<ClipException>(() => new PixelBatch(count, size));
        Assert.Equal(ClipError.Unavailable, refusal.Kind);
        Assert.Contains("There is more than one array holds (memory): found ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2_147_483_591)]
    [InlineData(4_194_303, 512)]
    public void A_product_up_to_the_longest_array_is_a_length(int count, int side) =>
        Assert.Equal((long)count * side, ArrayLength.Of("numbers", count, side));

    [Theory]
    [InlineData("2,147,483,648 numbers", 4_194_304, 512)]
    [InlineData("4,611,686,014,132,420,609 numbers", int.MaxValue, int.MaxValue)]
    public void A_product_beyond_the_longest_array_is_refused_by_its_size(string found, int count, int side)
    {
        var refusal = Assert.Throws<ClipException>(() => ArrayLength.Of("numbers", count, side));
        Assert.Contains($"found {found}, expected at most 2,147,483,591", refusal.Message, StringComparison.Ordinal);
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
