using ClipSharp.Images;
using ClipSharp.Images.Augmentation;

namespace ClipSharp.Tests.Images;

/// <summary>Pictures for models that see no squares. Sizes and places are worked out by hand from open_clip's formulas
/// (<c>ResizeKeepRatio</c>, <c>center_crop_or_pad</c>), which round halves to even.</summary>
[Trait("Category", "Vectors")]
public sealed class RectangleTests
{
    private static readonly Extent Wide = new(16, 24);

    [Theory]
    [InlineData(50, 40, 16, 24, 24, 19)] // 40 / (50 / 24) = 19.2
    [InlineData(40, 50, 16, 24, 24, 30)]
    [InlineData(100, 30, 16, 24, 53, 16)] // 53.3
    [InlineData(48, 31, 16, 24, 25, 16)] // 24.8: torchvision's truncation would give 24
    [InlineData(32, 45, 24, 16, 17, 24)] // 17.07
    [InlineData(29, 48, 24, 16, 16, 26)] // 26.5, to even
    [InlineData(48, 35, 16, 24, 24, 18)] // 17.5, to even
    [InlineData(48, 37, 16, 24, 24, 18)] // 18.5, to even
    [InlineData(500, 333, 24, 16, 36, 24)]
    [InlineData(1, 300, 16, 24, 24, 7200)]
    [InlineData(24, 16, 16, 24, 24, 16)]
    [InlineData(640, 480, 224, 336, 336, 252)]
    public void A_picture_becomes_as_small_as_still_covers(
        int width, int height, int rows, int columns, int toWidth, int toHeight) =>
        Assert.Equal((toWidth, toHeight),
            ImagePreprocessor.Covering(new RgbImage(width, height, new byte[3 * width * height]), new Extent(rows, columns)));

    [Theory]
    [InlineData(50, 40, 24, 19, 0, 2)] // an excess of 3 is 1.5, to even
    [InlineData(40, 50, 24, 30, 0, 7)]
    [InlineData(100, 30, 53, 16, 14, 0)]
    [InlineData(48, 31, 25, 16, 0, 0)]
    public void Shortest_cuts_the_middle(int width, int height, int toWidth, int toHeight, int left, int top)
    {
        var image = Noise(width, height);
        Assert.Equal(Cut(Resized(image, toWidth, toHeight), left, top), Apply(image, new PreprocessConfig()).Pixels);
    }

    [Theory]
    [InlineData(50, 40, 20, 16, 2, 0)]
    [InlineData(40, 50, 13, 16, 5, 0)] // 11 columns too few: 5 at the left
    [InlineData(100, 30, 24, 7, 0, 4)] // 9 rows too few: 4 above
    [InlineData(48, 33, 23, 16, 0, 0)]
    [InlineData(300, 1, 24, 1, 0, 7)] // 0.08 rows are one: Pillow would refuse
    public void Longest_pads_to_the_rectangle(int width, int height, int toWidth, int toHeight, int left, int top)
    {
        var image = Noise(width, height);
        var whole = Resized(image, toWidth, toHeight);
        var found = Apply(image, new PreprocessConfig { ResizeMode = ResizeMode.Longest, FillColor = 7 });
        for (var y = 0; y < 16; y++)
        {
            for (var x = 0; x < 24; x++)
            {
                var (column, row) = (x - left, y - top);
                var expected = column >= 0 && row >= 0 && column < toWidth && row < toHeight
                    ? whole.Pixels.AsSpan(((row * toWidth) + column) * 3, 3)
                    : [7, 7, 7];
                Assert.True(expected.SequenceEqual(found.Pixels.AsSpan(((y * 24) + x) * 3, 3)), $"{x}, {y}");
            }
        }
    }

    [Fact]
    public void Squash_takes_each_side_to_its_own()
    {
        var image = Noise(50, 40);
        Assert.Equal(Resized(image, 24, 16).Pixels, Apply(image, new PreprocessConfig { ResizeMode = ResizeMode.Squash }).Pixels);
    }

    [Fact]
    public void Resizing_to_more_than_is_cut_is_by_the_short_side()
    {
        var image = Noise(50, 40);
        var found = Apply(image, new PreprocessConfig { ResizeSize = 32 });
        Assert.Equal(Cut(Resized(image, 40, 32), 8, 8), found.Pixels);
    }

    [Theory]
    [InlineData("openai", ResizeMode.Shortest, ResampleFilter.Bicubic)] // ResizeKeepRatio is not told
    [InlineData("clipsharp", ResizeMode.Shortest, ResampleFilter.Bilinear)]
    [InlineData("openai", ResizeMode.Squash, ResampleFilter.Bilinear)]
    public void Open_clip_covers_a_rectangle_by_bicubic_resampling_whatever_is_asked(
        string compat, ResizeMode mode, ResampleFilter expected)
    {
        var image = Noise(48, 32);
        var found = Apply(image, new PreprocessConfig
        {
            Compat = Spelling.Find<Compat>(compat),
            Interpolation = ResampleFilter.Bilinear,
            ResizeMode = mode,
        });
        Assert.Equal(Resampler.Resize(image.View, 24, 16, expected), found.Pixels);
    }

    [Fact]
    public void A_jpeg_keeps_two_pixels_for_one_of_the_longer_side()
    {
        Assert.Equal(48, new ImagePreprocessor(new PreprocessConfig(), Wide).JpegShortSide);
        Assert.Equal(48, new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), Wide).JpegShortSide);
    }

    [Fact]
    public void Training_takes_any_part_of_what_covers()
    {
        var image = Noise(100, 30);
        var whole = Resized(image, 53, 16);
        var places = Enumerable.Range(0, 300).Select(seed => Vary(image, new AugmentationConfig(), seed: seed))
            .Select(found => Enumerable.Range(0, 30).Single(left => Cut(whole, left, 0).SequenceEqual(found.Pixels))).ToHashSet();
        Assert.Equal(30, places.Count);
    }

    [Fact]
    public void Training_resizes_a_crop_by_area_to_the_rectangle()
    {
        var image = Noise(48, 32);
        var all = new AugmentationConfig { Scale = [1, 1], Ratio = [1.5, 1.5] };
        Assert.Equal(Resized(image, 24, 16).Pixels, Vary(image, all).Pixels);
        Assert.Equal(Resized(image, 24, 16).Pixels,
            Vary(image, new AugmentationConfig(), new PreprocessConfig { ResizeMode = ResizeMode.Squash }).Pixels);
        var mirrored = Vary(image, all with { Flip = 1 });
        Assert.Equal(Resized(image, 24, 16).Pixels[..72].Chunk(3).Reverse().SelectMany(pixel => pixel), mirrored.Pixels[..72]);
    }

    [Fact]
    public void A_map_that_moves_nothing_is_the_rectangle_itself()
    {
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        var map = PixelMap.Draw(3, 5, 48, 80, Wide, new AugmentationConfig(), ref random);
        Assert.Equal(new PixelMap(3, 5, 2, 0, 0, 5), map);
        var (image, same) = (Noise(24, 16), new byte[3 * 24 * 16]);
        AffineSampler.Sample(image.View, new PixelMap(0, 0, 1, 0, 0, 1), new Rgb(9, 9, 9), Wide, same);
        Assert.Equal(image.Pixels, same);
    }

    [Fact]
    public void What_is_erased_is_one_rectangle_in_all_channels()
    {
        var planes = new byte[3 * 16 * 24];
        var random = new RandomStream(4, RandomPurpose.Augmentation);
        ColorChanges.Apply(new AugmentationConfig { EraseProb = 1 }, planes, Wide, ref random);
        foreach (var plane in planes.Chunk(16 * 24))
        {
            var rows = plane.Chunk(24).Where(row => row.Any(level => level > 0)).ToList();
            Assert.InRange(rows.Count, 1, 15);
            Assert.All(rows, row => Assert.Equal(rows[0], row));
        }
    }

    [Fact]
    public void Everything_at_once_makes_the_same_bytes_twice()
    {
        var image = Noise(90, 70);
        var everything = new AugmentationConfig
        {
            Flip = 0.5,
            Rotate = 30,
            Shift = 0.1,
            Zoom = [0.7, 1.3],
            ColorJitter = [0.4, 0.4, 0.4, 0.1],
            ColorJitterProb = 1,
            BlurProb = 1,
            NoiseProb = 0.5,
            EraseProb = 0.5,
        };
        foreach (var scale in new double[]?[] { null, [0.3, 1] })
        {
            var varied = everything with { Scale = scale };
            Assert.Equal(Vary(image, varied, seed: 5).Pixels, Vary(image, varied, seed: 5).Pixels);
            Assert.NotEqual(Vary(image, varied, seed: 5).Pixels, Vary(image, varied, seed: 6).Pixels);
        }
    }

    private static RgbImage Apply(RgbImage image, PreprocessConfig config)
    {
        var planes = new byte[3 * Wide.Area];
        new ImagePreprocessor(config, Wide).Apply(image, planes);
        return RgbImage.FromPlanes(planes, Wide.Width, Wide.Height);
    }

    private static RgbImage Vary(RgbImage image, AugmentationConfig config, PreprocessConfig? preprocess = null, long seed = 1)
    {
        var planes = new byte[3 * Wide.Area];
        var random = new RandomStream(seed, RandomPurpose.Augmentation);
        new TrainingTransform(config, preprocess ?? new PreprocessConfig(), Wide).Apply(image, ref random, planes);
        return RgbImage.FromPlanes(planes, Wide.Width, Wide.Height);
    }

    private static RgbImage Resized(RgbImage image, int width, int height) =>
        new(width, height, Resampler.Resize(image.View, width, height, ResampleFilter.Bicubic));

    private static byte[] Cut(RgbImage image, int left, int top) => [.. Enumerable.Range(top, Wide.Height)
        .SelectMany(y => image.Pixels.AsSpan(((y * image.Width) + left) * 3, 3 * Wide.Width).ToArray())];

    private static RgbImage Noise(int width, int height)
    {
        var random = new RandomStream((width * 1000L) + height, RandomPurpose.Synthesis);
        var pixels = new byte[3 * width * height];
        foreach (ref var value in pixels.AsSpan())
        {
            value = (byte)random.NextUInt32();
        }

        return new RgbImage(width, height, pixels);
    }
}
