using ClipSharp.Images;
using ClipSharp.Images.Augmentation;
using ClipSharp.Images.Decoding;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Images.Decoding;

/// <summary>JPEGs decoded at a part of their size.</summary>
[Trait("Category", "Vectors")]
public sealed class JpegDraftTests
{
    private static readonly byte[] Baseline = ColourPictures.Jpeg(401, 300);

    [Theory]
    [InlineData(0, 401, 300)]
    [InlineData(151, 401, 300)]
    [InlineData(150, 201, 150)]
    [InlineData(76, 201, 150)]
    [InlineData(75, 101, 75)]
    [InlineData(39, 101, 75)]
    [InlineData(38, 51, 38)]
    [InlineData(1, 51, 38)]
    [InlineData(int.MaxValue, 401, 300)]
    public void The_smallest_size_is_taken_whose_short_side_is_long_enough(int shortSide, int width, int height)
    {
        var image = Decode(Baseline, shortSide);

        Assert.Equal((width, height, 3 * width * height), (image.Width, image.Height, image.Pixels.Length));
    }

    [Fact]
    public void Every_size_of_file_is_decoded_to_every_part()
    {
        for (var side = 1; side < 36; side++)
        {
            foreach (var (width, height) in new[] { (side, 36), (36, side), (side, side) })
            {
                var file = ColourPictures.Jpeg(width, height);
                for (var parts = 1; parts <= 8; parts *= 2)
                {
                    var image = Decode(file, (Math.Min(width, height) + parts - 1) / parts);
                    Assert.True(image.Width <= (width + parts - 1) / parts, $"{width} x {height}: {image.Width}, {parts}");
                }
            }
        }
    }

    [Theory]
    [InlineData("jpeg-420-320x240.jpg")]
    [InlineData("jpeg-progressive-300x200.jpg")]
    [InlineData("jpeg-cmyk-160x120.jpg")]
    [InlineData("jpeg-grey-199x150.jpg")]
    public void Unless_it_is_asked_for_and_saves_pixels_nothing_changes(string name)
    {
        var file = Source(name);
        var whole = Decode(file, 0);

        Assert.Equal(whole.Pixels, ImageDecoder.Decode(file, name).Pixels);
        Assert.Equal(whole.Pixels, Decode(file, (Math.Min(whole.Width, whole.Height) / 2) + 2).Pixels);
    }

    // Fewer points of a block's transform are its means over squares, but for rounding and the frequencies left out: in
    // brightness 0.1 to 0.4 levels. libjpeg makes up for colour stored at half the width and height, not at half the width alone.
    [Theory]
    [InlineData("jpeg-420-320x240.jpg", 1.2)]
    [InlineData("jpeg-422-181x243.jpg", 10)]
    [InlineData("jpeg-progressive-300x200.jpg", 1.2)]
    [InlineData("jpeg-cmyk-160x120.jpg", 0.5)]
    [InlineData("jpeg-grey-199x150.jpg", 0.5)]
    [InlineData("jpeg-lowquality-240x160.jpg", 1.2)]
    public void A_smaller_picture_is_the_whole_one_reduced(string name, double levels)
    {
        var file = Source(name);
        var whole = Decode(file, 0);
        foreach (var parts in new[] { 2, 4, 8 })
        {
            var image = Decode(file, Math.Min(whole.Width, whole.Height) / parts);

            Assert.Equal((whole.Width + parts - 1) / parts, image.Width);
            Assert.Equal(whole.Mode, image.Mode);
            double[] differences = [.. Means(whole, parts).Zip(image.Pixels, (mean, level) => mean - level)];
            var brightness = differences.Chunk(3).Select(rgb => (0.299 * rgb[0]) + (0.587 * rgb[1]) + (0.114 * rgb[2]));
            Assert.InRange(brightness.Average(Math.Abs), 0, 0.5);
            Assert.InRange(differences.Average(Math.Abs), 0, levels);
        }
    }

    [Theory]
    [InlineData("jpeg-420-320x240.jpg")]
    [InlineData("jpeg-444-250x180.jpg")]
    [InlineData("jpeg-progressive-300x200.jpg")]
    [InlineData("jpeg-cmyk-160x120.jpg")]
    public void What_a_model_sees_hardly_changes(string name)
    {
        var file = Source(name);
        var whole = Decode(file, 0);
        var preprocessor = new ImagePreprocessor(new PreprocessConfig(), Math.Min(whole.Width, whole.Height) / 4);
        var half = Decode(file, preprocessor.JpegShortSide);
        var (seen, expected) = (Pixels(half), Pixels(whole));

        Assert.Equal((whole.Width + 1) / 2, half.Width);
        Assert.InRange(expected.Zip(seen, (a, b) => (double)Math.Abs(a - b)).Average(), 0, 0.8); // 0.4 to 0.6

        byte[] Pixels(RgbImage image)
        {
            var planes = new byte[3 * preprocessor.Size.Area];
            preprocessor.Apply(image, planes);
            return planes;
        }
    }

    [Fact]
    public void Orientation_is_kept_and_applied_to_the_smaller_picture()
    {
        var file = Source("jpeg-exif6-120x80.jpg");
        var limits = new DecodeLimits { JpegShortSide = 20 };
        Assert.True(ImageDecoder.TryDecode(file, limits, out var stored, out _));
        Assert.True(ImageDecoder.TryDecode(file, limits, out var turned, out _, applyOrientation: true));

        Assert.Equal((6, 30, 20), (stored!.Orientation, stored.Width, stored.Height));
        Assert.Equal((20, 30), (turned!.Width, turned.Height));
        Assert.Equal(ExifOrientation.Apply(stored, 6).Pixels, turned.Pixels);
    }

    [Fact]
    public void Pixels_are_counted_as_decoded_and_sides_as_stored()
    {
        var limits = new DecodeLimits { MaxPixels = 101 * 75, JpegShortSide = 75 };

        Assert.Equal(PictureFault.None, Fault(Baseline, limits));
        Assert.Equal(PictureFault.TooLarge, Fault(Baseline, limits with { MaxPixels = (101 * 75) - 1 }));
        Assert.Equal(PictureFault.TooLarge, Fault(Baseline, limits with { JpegShortSide = 0 }));
        Assert.Equal(PictureFault.None, Fault(Baseline, limits with { MaxSide = 401 }));
        Assert.Equal(PictureFault.TooLarge, Fault(Baseline, limits with { MaxSide = 400 }));
    }

    // libjpeg keeps the coefficients of all of it before the first row.
    [Fact]
    public void A_jpeg_in_several_scans_counts_with_all_its_pixels()
    {
        var limits = new DecodeLimits { MaxPixels = (300 * 200) - 1, JpegShortSide = 25 };
        var progressive = Source("jpeg-progressive-300x200.jpg");
        Assert.Equal(PictureFault.TooLarge, Fault(progressive, limits));
        Assert.Equal(PictureFault.None, Fault(progressive, limits with { MaxPixels = 300 * 200 }));

        var parted = (byte[])Baseline.Clone();
        var scan = parted.AsSpan().IndexOf(new byte[] { 0xFF, 0xDA });
        Assert.Equal(3, parted[scan + 4]);
        parted[scan + 4] = 1; // the first scan has brightness only
        Assert.Equal(PictureFault.TooLarge, Fault(parted, limits));
        Assert.Equal(PictureFault.None, Fault(Baseline, limits));
    }

    [Fact]
    public void Other_formats_are_decoded_whole()
    {
        var limits = new DecodeLimits { JpegShortSide = 1 };

        Assert.Equal(ImageDecoder.Decode(OddInputs.Png, "png").Pixels, ImageDecoder.Decode(OddInputs.Png, "png", limits).Pixels);
        Assert.Equal(PictureFault.TooLarge, Fault(OddInputs.Png, limits with { MaxPixels = 100 }));
    }

    [Fact]
    public void A_preprocessor_needs_two_pixels_for_one()
    {
        Assert.Equal(448, new ImagePreprocessor(new PreprocessConfig(), 224).JpegShortSide);
        Assert.Equal(512, new ImagePreprocessor(new PreprocessConfig { ResizeSize = 256 }, 224).JpegShortSide);
        Assert.Equal(448, Training(new AugmentationConfig(), 224));
        Assert.Equal(896, Training(new AugmentationConfig { Zoom = [1, 2] }, 224));
        Assert.Equal(896, Training(new AugmentationConfig { Scale = [0.25, 1], Ratio = [1, 1] }, 224));
        Assert.Equal(1035, Training(new AugmentationConfig { Scale = [0.25, 1] }, 224)); // 448 · √(4 · 4/3)
        Assert.Equal(int.MaxValue, Training(new AugmentationConfig { Scale = [double.Epsilon, 1] }, 224));
    }

    [Theory]
    [InlineData(0.08, 0.75, 1.3333)]
    [InlineData(0.5, 0.75, 1.3333)]
    [InlineData(0.9, 0.25, 1)]
    public void No_crop_has_fewer_than_two_pixels_for_one(double scale, double narrow, double wide)
    {
        const int Size = 32;
        var config = new AugmentationConfig { Scale = [scale, 1], Ratio = [narrow, wide] };
        var side = Training(config, Size);
        var random = new RandomStream(3, RandomPurpose.Augmentation);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var box = RandomCrop.OfArea(side + (trial % 50), side, config.Scale, config.Ratio, ref random);
            Assert.True(Math.Min(box.Width, box.Height) >= 2 * Size, $"{box} of {side}");
        }
    }

    private static int Training(AugmentationConfig config, int size) =>
        new TrainingTransform(config, new PreprocessConfig(), size).JpegShortSide;

    private static byte[] Source(string name) => File.ReadAllBytes(SharedFiles.Fixture("pixels/source/" + name));

    private static RgbImage Decode(byte[] file, int shortSide) =>
        ImageDecoder.Decode(file, "jpeg", new DecodeLimits { JpegShortSide = shortSide });

    private static PictureFault Fault(byte[] file, DecodeLimits limits)
    {
        ImageDecoder.TryDecode(file, limits, out _, out var fault);
        return fault;
    }

    // The mean of each square of so many pixels a side; the last of a row or column may be cut.
    private static IEnumerable<double> Means(RgbImage image, int parts)
    {
        for (var top = 0; top < image.Height; top += parts)
        {
            for (var left = 0; left < image.Width; left += parts)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    yield return (from y in Enumerable.Range(top, Math.Min(parts, image.Height - top))
                                  from x in Enumerable.Range(left, Math.Min(parts, image.Width - left))
                                  select (double)image.Pixels[(3 * ((y * image.Width) + x)) + channel]).Average();
                }
            }
        }
    }
}
