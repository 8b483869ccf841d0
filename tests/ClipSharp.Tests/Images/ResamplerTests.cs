using ClipSharp.Images;

namespace ClipSharp.Tests.Images;

[Trait("Category", "Vectors")]
public sealed class ResamplerTests
{
    [Theory]
    [InlineData("resize_selection", 59, false)]
    [InlineData("resize_selection", 59, true)]
    [InlineData("resize_cases", 77, false)]
    [InlineData("resize_cases", 77, true)]
    public void Every_resize_is_Pillows_byte_for_byte(string file, int expected, bool vectors)
    {
        using var cases = PixelFixture.Open(file);
        var count = 0;
        foreach (var resize in PixelFixture.Manifest.GetProperty("resize_cases").EnumerateArray())
        {
            var (input, output) = (resize.GetProperty("in").GetString()!, resize.GetProperty("out").GetString()!);
            if (!cases.Tensors.ContainsKey(output))
            {
                continue;
            }

            var (width, height) = (resize.GetProperty("width").GetInt32(), resize.GetProperty("height").GetInt32());
            var filter = Enum.Parse<ResampleFilter>(resize.GetProperty("filter").GetString()!, ignoreCase: true);
            var shape = cases.Tensors[input].Shape;
            var source = new PixelView(cases.Bytes(input), (int)shape[1], (int)shape[0], shape.Length == 2 ? 1 : 3);
            var result = new byte[width * height * source.Channels];

            Resampler.Resize(source, width, height, filter, new PixelBox(0, 0, width, height), result, vectors);

            Assert.True(cases.Bytes(output).SequenceEqual(result), output);
            count++;
        }

        Assert.Equal(expected, count);
    }

    [Fact]
    public void Vectors_equal_plain_numbers_on_any_size_and_any_part()
    {
        var random = new RandomStream(1, RandomPurpose.Resampling);
        for (var trial = 0; trial < 400; trial++)
        {
            var channels = new[] { 1, 3, 4 }[random.NextInt32(3)];
            var (width, height) = (1 + random.NextInt32(70), 1 + random.NextInt32(70));
            var (newWidth, newHeight) = (1 + random.NextInt32(90), 1 + random.NextInt32(90));
            var (x, y) = (random.NextInt32(newWidth), random.NextInt32(newHeight));
            var part = new PixelBox(x, y, 1 + random.NextInt32(newWidth - x), 1 + random.NextInt32(newHeight - y));
            var filter = (ResampleFilter)random.NextInt32(5);
            var pixels = Noise(width * height * channels, ref random);
            var (plain, vectors) = (new byte[part.Width * part.Height * channels], new byte[part.Width * part.Height * channels]);
            var source = new PixelView(pixels, width, height, channels);

            Resampler.Resize(source, newWidth, newHeight, filter, part, plain, vectors: false);
            Resampler.Resize(source, newWidth, newHeight, filter, part, vectors, vectors: true);

            Assert.True(plain.AsSpan().SequenceEqual(vectors),
                $"{filter} {width}x{height}x{channels} to {newWidth}x{newHeight}, {part}");
        }
    }

    [Fact]
    public void A_part_is_cut_out_of_the_whole()
    {
        var random = new RandomStream(2, RandomPurpose.Resampling);
        var source = new PixelView(Noise(50 * 40 * 3, ref random), 50, 40, 3);
        var whole = Resampler.Resize(source, 33, 61, ResampleFilter.Bicubic);
        var part = new PixelBox(7, 50, 20, 11);
        var result = new byte[part.Width * part.Height * 3];

        Resampler.Resize(source, 33, 61, ResampleFilter.Bicubic, part, result);

        for (var y = 0; y < part.Height; y++)
        {
            var row = whole.AsSpan((((part.Y + y) * 33) + part.X) * 3, part.Width * 3);
            Assert.True(row.SequenceEqual(result.AsSpan(y * part.Width * 3, part.Width * 3)), $"row {y}");
        }
    }

    [Fact]
    public void A_crop_sees_nothing_outside_its_box()
    {
        var random = new RandomStream(3, RandomPurpose.Resampling);
        var pixels = Noise(20 * 20 * 3, ref random);
        var box = new PixelBox(5, 6, 8, 9);
        var alone = new List<byte>();
        for (var y = 0; y < box.Height; y++)
        {
            alone.AddRange(pixels.AsSpan((((box.Y + y) * 20) + box.X) * 3, box.Width * 3));
        }

        var expected = Resampler.Resize(new PixelView(alone.ToArray(), 8, 9, 3), 16, 16, ResampleFilter.Bicubic);
        var found = Resampler.Resize(new PixelView(pixels, 20, 20, 3).Crop(box), 16, 16, ResampleFilter.Bicubic);

        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_picture_of_its_own_size_is_itself()
    {
        var random = new RandomStream(4, RandomPurpose.Resampling);
        var pixels = Noise(13 * 17 * 3, ref random);
        foreach (var filter in Enum.GetValues<ResampleFilter>())
        {
            Assert.Equal(pixels, Resampler.Resize(new PixelView(pixels, 13, 17, 3), 13, 17, filter));
        }
    }

    [Fact]
    public void A_small_part_of_a_vast_result_costs_little()
    {
        var source = new PixelView(new byte[500 * 3], 1, 500, 3);
        var result = new byte[224 * 224 * 3];
        var part = new PixelBox(0, 55_888, 224, 224);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Resampler.Resize(source, 224, 112_000, ResampleFilter.Bicubic, part, result);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        var pixels = new byte[12];
        Assert.Throws<ArgumentException>(() => new PixelView(pixels, 2, 3, 3).Width);
        Assert.Throws<ArgumentException>(() => new PixelView(pixels, 2, 2, 3, stride: 5).Width);
        Assert.Throws<ArgumentOutOfRangeException>("width", () => new PixelView(pixels, 0, 2, 3).Width);
        Assert.Throws<ArgumentOutOfRangeException>("height", () => new PixelView(pixels, 2, 0, 3).Width);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelView(pixels, 2, 2, 2).Width);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelView(pixels, 2, 2, 3).Crop(new PixelBox(1, 0, 2, 1)).Width);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Resampler.Resize(new PixelView(pixels, 2, 2, 3), 4, 4, ResampleFilter.Box, new PixelBox(1, 0, 4, 1), new byte[12]));
        Assert.Throws<ArgumentException>(() =>
            Resampler.Resize(new PixelView(pixels, 2, 2, 3), 4, 4, ResampleFilter.Box, new PixelBox(0, 0, 4, 1), new byte[11]));
    }

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, -1, 1, 1)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(1, 0, 2, 1)]
    [InlineData(0, 1, 1, 2)]
    [InlineData(1, 0, int.MaxValue, 1)]
    public void A_box_that_is_not_inside_is_refused(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(
        "box", () => new PixelView(new byte[12], 2, 2, 3).Crop(new PixelBox(x, y, width, height)).Width);

    [Fact]
    public void A_filter_that_is_none_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        "filter", () => Resampler.Resize(new PixelView(new byte[12], 2, 2, 3), 4, 4, (ResampleFilter)99));

    private static byte[] Noise(int length, ref RandomStream random)
    {
        var bytes = new byte[length];
        foreach (ref var value in bytes.AsSpan())
        {
            value = (byte)random.NextUInt32();
        }

        return bytes;
    }
}
