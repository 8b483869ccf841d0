using System.Text.Json;
using ClipSharp.Images;

namespace ClipSharp.Tests.Images;

public sealed class ImagePreprocessorTests
{
    // The reference (OpenAI, open_clip) resizes these in their own mode, then converts; ours converts first, as Hugging Face does.
    private static readonly string[] ResizedInTheirOwnMode =
    [
        "gif-150x120.gif", "gif-animated-90x60.gif", "gif-transparent-80x80.gif", "png-palette-200x150.png", // by nearest neighbour
        "png-palette-trns-128x96.png", "png-palette4bit-77x99.png", "png-1bit-150x110.png", // by nearest neighbour
        "png-rgba-120x200.png", "png-la-90x140.png", "webp-alpha-100x100.webp", // multiplied by alpha
        "jpeg-cmyk-160x120.jpg", // as CMYK
    ];

    // Read otherwise than Pillow does, see ImageDecoderTests.
    private static readonly string[] DecodedOtherwise = ["png-grey16-100x80.png", "png-grey16-small-100x80.png"];

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Theory]
    [MemberData(nameof(PixelFixture.Pictures), MemberType = typeof(PixelFixture))]
    public void Pixels_from_decoded_pictures_are_the_references(string name)
    {
        using var decoded = PixelFixture.Open("decoded");
        var image = decoded.Tensors.ContainsKey(name) ? PixelFixture.Picture(decoded, name) : PixelFixture.Decode(name);
        AssertEqual(name, image, 64);
        AssertEqual(name, image, 224);
    }

    [Theory]
    [MemberData(nameof(PixelFixture.Pictures), MemberType = typeof(PixelFixture))]
    public void Pixels_from_files_are_the_references(string name)
    {
        var image = PixelFixture.Decode(name);
        if (DecodedOtherwise.Contains(name))
        {
            Assert.Throws<Xunit.Sdk.EqualException>(() => AssertEqual(name, image, 64));
            return;
        }

        AssertEqual(name, image, 64);
        AssertEqual(name, image, 224);
    }

    [Fact]
    public void Normalised_values_are_the_references_to_a_millionth()
    {
        using var normalised = PixelFixture.Open("normalised_64");
        using var decoded = PixelFixture.Open("decoded");
        var preprocessor = new ImagePreprocessor(new PreprocessConfig(), 64);
        var planes = new byte[3 * 64 * 64];
        foreach (var name in normalised.Tensors.Keys)
        {
            preprocessor.Apply(PixelFixture.Picture(decoded, name), planes);
            var expected = normalised.ReadFloats(name);
            for (var i = 0; i < planes.Length; i++)
            {
                var channel = i / (64 * 64);
                var found = ((planes[i] / 255.0) - preprocessor.Config.Mean[channel]) / preprocessor.Config.Std[channel];
                Assert.Equal(expected[i], found, 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(5, 4, 0)]
    [InlineData(6, 4, 1)]
    [InlineData(7, 4, 2)]
    [InlineData(8, 4, 2)]
    public void Half_a_pixel_of_excess_goes_to_the_even_side(int width, int size, int left)
    {
        // Column x has the value x; a short side of S is not resized.
        var pixels = new byte[width * size * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(i / 3 % width);
        }

        var planes = new byte[3 * size * size];
        new ImagePreprocessor(new PreprocessConfig(), size).Apply(new RgbImage(width, size, pixels), planes);

        Assert.Equal(left, planes[0]);
    }

    [Fact]
    public void Longest_keeps_the_whole_picture_and_pads_evenly()
    {
        var white = new RgbImage(8, 3, Enumerable.Repeat((byte)255, 72).ToArray());
        var planes = new byte[3 * 8 * 8];
        new ImagePreprocessor(new PreprocessConfig { ResizeMode = "longest", FillColor = 7 }, 8).Apply(white, planes);

        for (var i = 0; i < planes.Length; i++)
        {
            Assert.Equal(i / 8 % 8 is >= 2 and < 5 ? 255 : 7, planes[i]); // 5 rows too few: 2 above, 3 below
        }
    }

    [Fact]
    public void Squash_keeps_the_whole_picture_and_bends_it()
    {
        using var decoded = PixelFixture.Open("decoded");
        var image = PixelFixture.Picture(decoded, "jpeg-333x500.jpg");
        var planes = new byte[3 * 64 * 64];
        new ImagePreprocessor(new PreprocessConfig { ResizeMode = "squash" }, 64).Apply(image, planes);

        Assert.Equal(Resampler.Resize(image.View, 64, 64, ResampleFilter.Bicubic), RgbImage.FromPlanes(planes, 64, 64).Pixels);
    }

    [Theory]
    [InlineData("drop", 10)]
    [InlineData("white", 255)]
    [InlineData("black", 0)]
    public void Clear_parts_show_the_background(string background, int expected)
    {
        var clear = new RgbImage(2, 2, Enumerable.Repeat((byte)10, 12).ToArray(), new byte[4]);
        var planes = new byte[3 * 2 * 2];
        new ImagePreprocessor(new PreprocessConfig { Background = background }, 2).Apply(clear, planes);

        Assert.All(planes, value => Assert.Equal(expected, value));
    }

    [Fact]
    public void A_picture_half_clear_is_mixed_with_its_background()
    {
        var half = new RgbImage(1, 1, [100, 0, 200], [128]);

        Assert.Equal([177, 127, 227], half.Over(255, 255, 255).Pixels);
        Assert.Equal([50, 0, 100], half.Over(0, 0, 0).Pixels);
    }

    [Theory]
    [InlineData("{\"size\":64}", 64)]
    [InlineData("{\"size\":[64,64]}", 64)]
    [InlineData("{}", 0)]
    public void The_size_is_a_number_or_a_square(string json, int size) =>
        Assert.Equal(size, Parse(json).Size);

    [Fact]
    public void A_size_that_is_no_square_is_refused() =>
        Assert.Throws<JsonException>(() => Parse("{\"size\":[64,32]}"));

    [Theory]
    [InlineData("{\"resize_mode\":\"stretch\"}", "resize_mode")]
    [InlineData("{\"interpolation\":\"nearest\"}", "interpolation")]
    [InlineData("{\"std\":[1,0,1]}", "std")]
    [InlineData("{\"mean\":[1,1]}", "mean")]
    [InlineData("{\"mean\":null}", "mean")]
    [InlineData("{\"background\":\"pink\"}", "background")]
    [InlineData("{\"fill_color\":256}", "fill_color")]
    [InlineData("{\"size\":5000}", "size")]
    public void Values_that_are_not_supported_are_refused_by_name(string json, string name)
    {
        var refusal = Assert.Throws<ClipException>(() => new ImagePreprocessor(Parse(json), 64));

        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    private static PreprocessConfig Parse(string json) =>
        JsonSerializer.Deserialize<PreprocessConfig>(json, SnakeCase)!;

    private static void AssertEqual(string name, RgbImage image, int size)
    {
        var planes = new byte[3 * size * size];
        new ImagePreprocessor(new PreprocessConfig(), size).Apply(image, planes);
        var expected = PixelFixture.Manifest.GetProperty("pictures").GetProperty(name).GetProperty($"at_{size}");
        var found = PixelFixture.Sha256(RgbImage.FromPlanes(planes, size, size).Pixels);

        Assert.Equal(expected.GetProperty("sha256_rgb_first").GetString(), found);
        Assert.Equal(ResizedInTheirOwnMode.Contains(name), expected.GetProperty("sha256").GetString() != found);
    }
}
