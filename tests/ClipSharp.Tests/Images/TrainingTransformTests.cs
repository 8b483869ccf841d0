using ClipSharp.Images;
using ClipSharp.Images.Augmentation;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Tests.Images;

[Trait("Category", "Vectors")]
public sealed class TrainingTransformTests
{
    private static readonly AugmentationConfig Everything = new()
    {
        Scale = [0.3, 1],
        Flip = 0.5,
        Rotate = 30,
        Shift = 0.1,
        Zoom = [0.7, 1.3],
        Shear = 10,
        ColorJitter = [0.4, 0.4, 0.4, 0.1],
        GrayScaleProb = 0.2,
        InvertProb = 0.2,
        PosterizeProb = 0.2,
        BlurProb = 0.5,
        NoiseProb = 0.5,
        EraseProb = 0.5,
        Background = Background.Random,
    };

    [Fact]
    public void The_same_stream_gives_the_same_bytes_and_another_does_not()
    {
        var image = Clear(Shapes(90, 70));
        var first = Apply(Everything, image, 32, seed: 1);

        Assert.Equal(first, Apply(Everything, image, 32, seed: 1));
        Assert.NotEqual(first, Apply(Everything, image, 32, seed: 2));
    }

    [Fact]
    public void Many_threads_make_the_same_bytes()
    {
        var image = Clear(Shapes(90, 70));
        var expected = Apply(Everything, image, 32, seed: 1);
        var transform = new TrainingTransform(Everything, new PreprocessConfig(), 32);

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var random = new RandomStream(i % 2 == 0 ? 1 : i, RandomPurpose.Augmentation);
            var planes = new byte[3 * 32 * 32];
            transform.Apply(image, ref random, planes);
            Assert.True(i % 2 == 1 || planes.AsSpan().SequenceEqual(expected));
        });
    }

    [Fact]
    public void Squash_takes_the_whole_picture_and_longest_is_refused()
    {
        var image = Shapes(50, 40);
        var planes = new byte[3 * 32 * 32];
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        new TrainingTransform(new AugmentationConfig(), new PreprocessConfig { ResizeMode = ResizeMode.Squash }, 32)
            .Apply(image, ref random, planes);

        Assert.Equal(Resampler.Resize(image.View, 32, 32, ResampleFilter.Bicubic), RgbImage.FromPlanes(planes, 32, 32).Pixels);
        Assert.Throws<ClipException>(
            () => new TrainingTransform(new AugmentationConfig(), new PreprocessConfig { ResizeMode = ResizeMode.Longest }, 32));
        Assert.Throws<ClipException>(
            () => new TrainingTransform(new AugmentationConfig(), new PreprocessConfig { ResizeSize = 40 }, 32));
    }

    [Fact]
    public void Sizes_that_do_not_fit_together_are_a_caller_s_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), new Extent(0, 8)));
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        Assert.Throws<ArgumentException>(
            "planes", () =>
            new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), 32)
            .Apply(Shapes(50, 40), ref random, new byte[3 * 32 * 33]));
    }

    [Fact]
    public void The_papers_crop_is_some_square_of_the_resized_picture()
    {
        var image = Shapes(50, 40);
        var resized = Resampler.Resize(image.View, 40, 32, ResampleFilter.Bicubic);
        var offsets = new HashSet<int>();
        for (var seed = 0; seed < 100; seed++)
        {
            var found = RgbImage.FromPlanes(Apply(new AugmentationConfig(), image, 32, seed), 32, 32).Pixels;
            var offset = Enumerable.Range(0, 9).Single(x => Enumerable.Range(0, 32).All(y =>
                resized.AsSpan(((y * 40) + x) * 3, 96).SequenceEqual(found.AsSpan(y * 96, 96))));
            offsets.Add(offset);
        }

        Assert.Equal(9, offsets.Count); // all offsets occur
    }

    [Fact]
    public void A_mirror_image_of_the_mirror_image_is_the_picture()
    {
        var image = Shapes(32, 32);
        var plain = Apply(new AugmentationConfig(), image, 32, 1);
        var mirrored = Apply(new AugmentationConfig { Flip = 1 }, image, 32, 1);
        var twice = (byte[])mirrored.Clone();
        Planes.Mirror(twice, 32);

        Assert.NotEqual(plain, mirrored);
        Assert.Equal(plain, twice);
        Assert.Equal(plain[31], mirrored[0]);
    }

    [Fact]
    public void A_crop_by_area_keeps_to_its_ranges_and_reaches_everywhere()
    {
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        var (leastShare, mostShare, leastX, mostX) = (1.0, 0.0, 1000, 0);
        for (var i = 0; i < 2000; i++)
        {
            var box = RandomCrop.OfArea(200, 100, [0.2, 0.5], [0.75, 4 / 3.0], ref random);
            var (share, ratio) = (box.Width * box.Height / 20_000.0, (double)box.Width / box.Height);

            Assert.InRange(share, 0.19, 0.51);
            Assert.InRange(ratio, 0.72, 1.38);
            Assert.InRange(box.X, 0, 200 - box.Width);
            Assert.InRange(box.Y, 0, 100 - box.Height);
            (leastShare, mostShare) = (Math.Min(leastShare, share), Math.Max(mostShare, share));
            (leastX, mostX) = (Math.Min(leastX, box.X), Math.Max(mostX, box.X + box.Width));
        }

        Assert.True(leastShare < 0.21 && mostShare > 0.48 && leastX == 0 && mostX == 200);
    }

    [Theory]
    [InlineData(1, 500)]
    [InlineData(500, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void Thin_and_tiny_pictures_are_no_trouble(int width, int height)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            Apply(Everything, Clear(Shapes(width, height)), 16, seed);
            Apply(Everything with { Scale = null }, Shapes(width, height), 16, seed);
            Apply(new AugmentationConfig { Scale = [0.5, 1] }, Shapes(width, height), 16, seed);
            Apply(new AugmentationConfig(), Shapes(width, height), 16, seed);
        }
    }

    [Fact]
    public void A_map_that_moves_nothing_copies_the_picture()
    {
        var image = Shapes(24, 24);
        var result = new byte[24 * 24 * 3];
        AffineSampler.Sample(image.View, new PixelMap(0, 0, 1, 0, 0, 1), default, 24, result);

        Assert.Equal(image.Pixels, result);
    }

    [Fact]
    public void A_quarter_turn_moves_each_pixel_to_its_place()
    {
        // u to the right runs down the source, v downwards runs to its left.
        var image = Shapes(24, 24);
        var result = new byte[24 * 24 * 3];
        AffineSampler.Sample(image.View, new PixelMap(24, 0, 0, -1, 1, 0), default, 24, result);

        for (var v = 0; v < 24; v++)
        {
            for (var u = 0; u < 24; u++)
            {
                Assert.True(image.Pixels.AsSpan(((u * 24) + 23 - v) * 3, 3).SequenceEqual(result.AsSpan(((v * 24) + u) * 3, 3)),
                    $"{u}, {v}");
            }
        }
    }

    [Fact]
    public void What_lies_beyond_the_picture_has_the_ground_colour()
    {
        var white = new RgbImage(8, 8, Enumerable.Repeat((byte)255, 192).ToArray());
        var config = new AugmentationConfig { Zoom = [0.5, 0.5] };
        var planes = new byte[3 * 16 * 16];
        var random = new RandomStream(1, RandomPurpose.Augmentation);
        new TrainingTransform(config, new PreprocessConfig { FillColor = 9 }, 16).Apply(white, ref random, planes);

        Assert.Equal(9, planes[0]);
        Assert.Equal(255, planes[(8 * 16) + 8]);
        Assert.Equal(64, planes[..256].Count(value => value == 255)); // a quarter of the area
    }

    [Fact]
    public void Shrinking_while_turning_leaves_no_pixel_out()
    {
        // Of four columns the middle two are black: sampling in the middle of every four would see black only.
        var pixels = Enumerable.Range(0, 128 * 128 * 3).Select(i => (byte)(i / 3 % 4 is 0 or 3 ? 255 : 0)).ToArray();
        var result = new byte[32 * 32 * 3];
        AffineSampler.Sample(new PixelView(pixels, 128, 128, 3), new PixelMap(0, 0, 4, 0, 0, 4), default, 32, result);

        var inner = result.Skip(3 * 32 * 4).Take(3 * 32 * 24).Where((_, i) => i / 3 % 32 is > 1 and < 30);
        Assert.All(inner, value => Assert.InRange(value, 120, 136));
    }

    [Fact]
    public void A_random_ground_shows_through_clear_parts_only()
    {
        var config = new AugmentationConfig { Background = Background.Random };
        var clear = new RgbImage(16, 16, new byte[768], new byte[256]);
        var grounds = Enumerable.Range(0, 40).Select(seed => Apply(config, clear, 16, seed)).ToList();

        Assert.Equal(40, grounds.Select(Text).Distinct().Count());
        var plain = grounds.Count(planes => planes[..256].Distinct().Count() == 1);
        Assert.InRange(plain, 8, 32); // the others are gradients
        Assert.Equal(Apply(new AugmentationConfig(), Shapes(16, 16), 16, 3), Apply(config, Shapes(16, 16), 16, 3));

        static string Text(byte[] planes) => Convert.ToHexString(planes);
    }

    [Fact]
    public void Vectors_equal_plain_numbers_for_colours()
    {
        var random = new RandomStream(8, RandomPurpose.Augmentation);
        for (var trial = 0; trial < 50; trial++)
        {
            var matrix = new ColorMatrix();
            matrix.Brighten(random.NextDouble(0, 2));
            matrix.Contrast(random.NextDouble(0, 2), 250, 3, 99);
            matrix.Saturate(random.NextDouble(0, 2));
            matrix.TurnHue(random.NextDouble(-0.5, 0.5));
            var planes = Shapes(5 + trial, 3).Pixels;
            var plain = (byte[])planes.Clone();

            matrix.Apply(planes, vectors: true);
            matrix.Apply(plain, vectors: false);

            Assert.Equal(plain, planes);
        }
    }

    [Fact]
    public void Colour_changes_do_what_their_names_say()
    {
        byte[] Changed(Action<ColorMatrix> change)
        {
            var matrix = new ColorMatrix();
            change(matrix);
            byte[] planes = [200, 100, 50]; // one pixel
            matrix.Apply(planes);
            return planes;
        }

        Assert.Equal([200, 100, 50], Changed(_ => { }));
        Assert.Equal([100, 50, 25], Changed(matrix => matrix.Brighten(0.5)));
        Assert.Equal([255, 200, 100], Changed(matrix => matrix.Brighten(2)));
        Assert.Equal([124, 124, 124], Changed(matrix => matrix.Saturate(0)));
        Assert.Equal([55, 155, 205], Changed(matrix => matrix.Invert()));
        Assert.Equal([162, 112, 87], Changed(matrix => matrix.Contrast(0.5, 200, 100, 50)));
        Assert.Equal([50, 200, 100], Changed(matrix => matrix.TurnHue(1 / 3.0)));
        Assert.Equal([100, 50, 200], Changed(matrix => matrix.TurnHue(-1 / 3.0)));
    }

    [Fact]
    public void Contrast_goes_out_from_the_mean_of_what_came_before()
    {
        var matrix = new ColorMatrix();
        matrix.Brighten(0.5);
        matrix.Contrast(0, 100, 100, 100);
        byte[] planes = [0, 255, 0, 255, 0, 255];
        matrix.Apply(planes);

        Assert.All(planes, value => Assert.Equal(50, value));
    }

    [Fact]
    public void Noise_blur_and_erasing_change_what_they_should()
    {
        var grey = new RgbImage(32, 32, Enumerable.Repeat((byte)128, 3072).ToArray());
        var noisy = Apply(new AugmentationConfig { NoiseProb = 1 }, grey, 32, 5);
        Assert.InRange(noisy.Average(value => value), 126, 130);
        Assert.InRange(Math.Sqrt(noisy.Average(value => Math.Pow(value - 128.0, 2))), 1.5, 21);

        var erased = Apply(new AugmentationConfig { EraseProb = 1 }, grey, 32, 5);
        Assert.InRange(erased[..1024].Count(value => value != 128), 15, 345);

        Assert.Equal(grey.Pixels, Apply(new AugmentationConfig { BlurProb = 1 }, grey, 32, 5));
        var sharp = Shapes(32, 32);
        var blurred = Apply(new AugmentationConfig { BlurProb = 1 }, sharp, 32, 7);
        Assert.True(Roughness(blurred) < Roughness(Apply(new AugmentationConfig(), sharp, 32, 7)));

        static int Roughness(byte[] planes) => planes.Skip(1).Zip(planes, (a, b) => Math.Abs(a - b)).Sum();
    }

    [Fact]
    public void Splitting_into_planes_is_right_at_every_length()
    {
        for (var count = 1; count < 40; count++)
        {
            var pixels = Enumerable.Range(0, 3 * count).Select(i => (byte)i).ToArray();
            var planes = new byte[3 * count];

            Planes.Split(pixels, planes);

            Assert.Equal(pixels, RgbImage.FromPlanes(planes, count, 1).Pixels);
        }
    }

    private static byte[] Apply(AugmentationConfig config, RgbImage image, int size, long seed)
    {
        var planes = new byte[3 * size * size];
        var random = new RandomStream(seed, RandomPurpose.Augmentation);
        new TrainingTransform(config, new PreprocessConfig(), size).Apply(image, ref random, planes);
        return planes;
    }

    private static RgbImage Shapes(int width, int height)
    {
        var random = new RandomStream((width * 1000L) + height, RandomPurpose.Synthesis);
        var pixels = new byte[width * height * 3];
        foreach (ref var value in pixels.AsSpan())
        {
            value = (byte)random.NextUInt32();
        }

        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Clear(RgbImage image) =>
        image with { Alpha = [.. Enumerable.Range(0, image.Width * image.Height).Select(i => (byte)(i * 7))] };
}
