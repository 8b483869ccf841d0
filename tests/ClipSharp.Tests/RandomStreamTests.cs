namespace ClipSharp.Tests;

public sealed class RandomStreamTests
{
    [Theory] // The vectors published with the paper's Random123 library.
    [InlineData(new[] { 0u, 0u }, new[] { 0u, 0u, 0u, 0u }, new[] { 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u })]
    [InlineData(new[] { ~0u, ~0u }, new[] { ~0u, ~0u, ~0u, ~0u }, new[] { 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu })]
    [InlineData(new[] { 0xa4093822u, 0x299f31d0u }, new[] { 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u },
        new[] { 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u })]
    public void Philox_gives_the_published_numbers(uint[] key, uint[] counter, uint[] expected)
    {
        var (a, b, c, d) = RandomStream.Philox(key[0], key[1], counter[0], counter[1], counter[2], counter[3]);
        Assert.Equal((expected[0], expected[1], expected[2], expected[3]), (a, b, c, d));
    }

    [Fact]
    public void Equal_keys_give_equal_numbers_and_any_other_key_gives_others()
    {
        static uint[] Numbers(long seed, RandomPurpose purpose, long step, long element)
        {
            var random = new RandomStream(seed, purpose, step, element);
            var numbers = new uint[9]; // over two blocks
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = random.NextUInt32();
            }

            return numbers;
        }

        var first = Numbers(7, RandomPurpose.Augmentation, 3, 5);
        Assert.Equal(first, Numbers(7, RandomPurpose.Augmentation, 3, 5));
        uint[][] others =
        [
            Numbers(8, RandomPurpose.Augmentation, 3, 5), Numbers(7, RandomPurpose.Dropout, 3, 5),
            Numbers(7, RandomPurpose.Augmentation, 4, 5),
            Numbers(7, RandomPurpose.Augmentation, 3, 6), Numbers(7, RandomPurpose.Augmentation, 5, 3),
            Numbers(-7, RandomPurpose.Augmentation, 3, 5),
        ];
        Assert.All(others, other => Assert.Empty(first.Intersect(other)));
        Assert.Equal(9, first.Distinct().Count());
    }

    [Theory] // What runs and corpora of before were drawn by.
    [InlineData(0, RandomPurpose.SampleOrder, 0, 0, 3217044623u)]
    [InlineData(7, RandomPurpose.Augmentation, 3, 5, 2542803286u)]
    [InlineData(1L << 31, RandomPurpose.Dropout, 1000, 12345, 2884016468u)]
    [InlineData((1L << 62) - 1, RandomPurpose.CaptionChoice, 1L << 40, 1L << 40, 401894877u)]
    public void Seeds_that_are_not_negative_keep_their_numbers(
        long seed, RandomPurpose purpose, long step, long element, uint expected) =>
        Assert.Equal(expected, new RandomStream(seed, purpose, step, element).NextUInt32());

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(123456789012345)]
    public void A_number_its_complement_and_its_halves_turned_over_are_four_streams(long number)
    {
        long[] alike = [number, ~number, number ^ 0x5555555555555555, ~number ^ 0x5555555555555555];

        Assert.Equal(4, alike.Select(seed => new RandomStream(seed, RandomPurpose.Dropout).NextUInt64()).Distinct().Count());
        Assert.Equal(4, alike.Select(step => new RandomStream(1, RandomPurpose.Dropout, step).NextUInt64()).Distinct().Count());
        Assert.Equal(4, alike.Select(element => First(Element(element))).Distinct().Count());

        static ulong First(RandomStream random) => random.NextUInt64();

        // Elements are moved before they are mixed: those that were alike after it.
        static RandomStream Element(long moved) => new(1, RandomPurpose.Dropout, 0, moved - 0x632BE59BD9B4E019);
    }

    [Fact]
    public void Neighbouring_streams_never_share_their_first_number()
    {
        var firsts = new HashSet<ulong>();
        for (var step = 0; step < 100; step++)
        {
            for (var element = 0; element < 100; element++)
            {
                var random = new RandomStream(1, RandomPurpose.SampleOrder, step, element);
                Assert.True(firsts.Add(random.NextUInt64()));
            }
        }
    }

    [Fact]
    public void Integers_and_fractions_are_uniform()
    {
        var random = new RandomStream(1, RandomPurpose.Resampling);
        const int draws = 100_000, bins = 10;
        var (small, fractions, streams) = (new int[bins], new int[bins], new int[bins]);
        for (var i = 0; i < draws; i++)
        {
            small[random.NextInt32(bins)]++;
            fractions[(int)(random.NextDouble() * bins)]++;
            streams[new RandomStream(1, RandomPurpose.Rounding, 0, i).NextInt32(bins)]++; // the first number of each stream
        }

        foreach (var counts in new[] { small, fractions, streams })
        {
            // Nine degrees of freedom: above 27.9 once in a thousand seeds; the seed is fixed.
            var expected = (double)draws / bins;
            Assert.InRange(counts.Sum(count => (count - expected) * (count - expected) / expected), 0.5, 27.9);
        }
    }

    [Fact]
    public void Normal_numbers_have_mean_0_and_deviation_1()
    {
        var random = new RandomStream(2, RandomPurpose.Initialization);
        var values = new double[100_000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextNormal();
        }

        Assert.Equal(0, values.Average(), 0.01);
        Assert.Equal(1, values.Average(value => value * value), 0.02);
        Assert.Equal(0.6827, values.Count(value => Math.Abs(value) < 1) / 100_000.0, 0.005);
        Assert.Equal(3, values.Average(value => Math.Pow(value, 4)), 0.15);
        Assert.All(values, value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void A_shuffle_is_a_permutation(int length)
    {
        var items = Enumerable.Range(0, length).ToArray();
        var random = new RandomStream(3, RandomPurpose.SampleOrder);
        random.Shuffle<int>(items);
        Assert.Equal(Enumerable.Range(0, length), items.Order());
        Assert.True(length <= 2 || !items.SequenceEqual(Enumerable.Range(0, length)));
    }

    [Fact]
    public void Every_order_of_a_shuffle_is_equally_likely()
    {
        var orders = new Dictionary<string, int>();
        for (var i = 0; i < 24_000; i++)
        {
            var random = new RandomStream(4, RandomPurpose.SampleOrder, i);
            var items = "abcd".ToCharArray();
            random.Shuffle<char>(items);
            orders[new string(items)] = orders.GetValueOrDefault(new string(items)) + 1;
        }

        Assert.Equal(24, orders.Count);
        Assert.InRange(orders.Values.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000), 3, 49.7); // 23 degrees of freedom
    }

    [Fact]
    public void A_bound_below_1_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => default(RandomStream).NextInt32(0));
}
