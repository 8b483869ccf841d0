using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Images;

namespace ClipSharp.Tests.Images;

[Trait("Category", "Vectors")]
public sealed class ImagePreprocessorTests
{
    // Resized as CMYK by OpenAI's order; Skia gives RGB only.
    private const string Cmyk = "jpeg-cmyk-160x120.jpg";

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Theory]
    [MemberData(nameof(PixelFixture.Pictures), MemberType = typeof(PixelFixture))]
    public void Pixels_from_files_are_those_of_OpenAI(string name)
    {
        foreach (var size in new[] { 64, 224 })
        {
            var found = PixelFixture.Sha256(Preprocess(name, size, "openai"));
            var equal = Expected(name, size).GetProperty("sha256").GetString() == found;
            Assert.True(equal == (name != Cmyk), $"{name} at {size}");
        }
    }

    [Theory]
    [MemberData(nameof(PixelFixture.Pictures), MemberType = typeof(PixelFixture))]
    public void Pixels_from_files_are_those_of_Hugging_Face(string name)
    {
        foreach (var size in new[] { 64, 224 })
        {
            var found = Preprocess(name, size, "huggingface");
            var (crop, floor) = (Expected(name, size).GetProperty("crop_top_left"),
                Expected(name, size).GetProperty("crop_top_left_floor"));
            if (JsonElement.DeepEquals(crop, floor))
            {
                Assert.Equal(Expected(name, size).GetProperty("sha256_rgb_first").GetString(), PixelFixture.Sha256(found));
            }
            else
            {
                // The reference values have torchvision's crop; the other one is cut from the whole resized picture.
                Assert.Equal(Cut(name, size, floor[1].GetInt32(), floor[0].GetInt32()), found);
                Assert.Equal(
                    Expected(name, size).GetProperty("sha256_rgb_first").GetString(),
                    PixelFixture.Sha256(Cut(name, size, crop[1].GetInt32(), crop[0].GetInt32())));
            }
        }
    }

    [Theory]
    [InlineData("expected_64", 64)]
    [InlineData("expected_224", 224)]
    public void Pixels_are_the_stored_ones_in_both_orders(string fixture, int size)
    {
        using var expected = PixelFixture.Open(fixture);
        foreach (var name in expected.Tensors.Keys)
        {
            var (file, isRgbFirst) = (name.Split('#')[0], name.Contains('#', StringComparison.Ordinal));
            if (file == Cmyk && !isRgbFirst)
            {
                var difference = expected.Bytes(name).ToArray().Zip(Preprocess(file, size, "openai"), (a, b) => Math.Abs(a - b));
                Assert.InRange(difference.Max(), 1, 100);
                continue;
            }

            var at = Expected(file, size);
            if (!isRgbFirst || JsonElement.DeepEquals(at.GetProperty("crop_top_left"), at.GetProperty("crop_top_left_floor")))
            {
                var found = Preprocess(file, size, isRgbFirst ? "huggingface" : "openai");
                Assert.True(expected.Bytes(name).SequenceEqual(found), name);
            }
        }
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
        new ImagePreprocessor(new PreprocessConfig { ResizeMode = ResizeMode.Longest, FillColor = 7 }, 8).Apply(white, planes);

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
        new ImagePreprocessor(new PreprocessConfig { ResizeMode = ResizeMode.Squash }, 64).Apply(image, planes);

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
        new ImagePreprocessor(new PreprocessConfig { Background = Spelling.Find<Background>(background)!.Value }, 2)
            .Apply(clear, planes);

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
    [InlineData("{\"size\":64}", 64, 64)]
    [InlineData("{\"size\":[64,64]}", 64, 64)]
    [InlineData("{\"size\":[64,32]}", 64, 32)]
    [InlineData("{}", 0, 0)]
    public void The_size_is_a_number_or_height_and_width(string json, int height, int width) =>
        Assert.Equal(new Extent(height, width), Parse(json).Size);

    [Theory]
    [InlineData("{\"resize_mode\":\"stretch\"}", "resize_mode")]
    [InlineData("{\"interpolation\":\"nearest\"}", "interpolation")]
    [InlineData("{\"std\":[1,0,1]}", "std")]
    [InlineData("{\"mean\":[1,1]}", "mean")]
    [InlineData("{\"mean\":null}", "mean")]
    [InlineData("{\"background\":\"pink\"}", "background")]
    [InlineData("{\"fill_color\":256}", "fill_color")]
    [InlineData("{\"size\":5000}", "size")]
    [InlineData("{\"size\":-8}", "size = -8")]
    [InlineData("{\"size\":[0,8]}", "size = 0x8 (expected 0, or 1 to 4096 a side)")]
    [InlineData("{\"size\":[1e9,1]}", "size = 1000000000x1")]
    [InlineData("{\"size\":[8,-8]}", "size = 8x-8")]
    [InlineData("{\"size\":[32,64],\"resize_size\":63}", "resize_size = 63 (expected 0, or 64 to 4096")]
    [InlineData("{\"std\":[1,1]}", "std")]
    [InlineData("{\"mode\":\"L\"}", "mode")]
    [InlineData("{\"compat\":\"keras\"}", "compat")]
    [InlineData("{\"size\":64,\"resize_size\":63}", "resize_size")]
    [InlineData("{\"size\":64,\"resize_size\":4097}", "resize_size")]
    [InlineData("{\"size\":64,\"resize_size\":72,\"resize_mode\":\"squash\"}", "resize_size")]
    public void Values_that_are_not_supported_are_refused_by_name(string json, string name)
    {
        var refusal = Assert.Throws<ClipException>(() => new ImagePreprocessor(Parse(json), 64));

        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_and_numbers_that_are_not_supported_are_told_all_at_once() =>
        Assert.Contains("size = 5000 (expected 0, or 1 to 4096 a side); interpolation = nearest (expected bicubic or bilinear); "
            + "compat = keras (expected openai, huggingface or clipsharp), expected",
            Assert.Throws<ClipException>(() => Parse("""{"size":5000,"interpolation":"nearest","compat":"keras"}""").Validated("test"))
            .Message, StringComparison.Ordinal);

    [Fact]
    public void Choices_are_words_in_json() => Assert.Equal(
        """{"interpolation":"bilinear","resize_mode":"squash","background":"black","compat":"huggingface"}""",
        new JsonObject(JsonSerializer.SerializeToNode(new PreprocessConfig
        {
            Interpolation = ResampleFilter.Bilinear,
            ResizeMode = ResizeMode.Squash,
            Background = Background.Black,
            Compat = Compat.HuggingFace,
        }, SnakeCase)!.AsObject().Where(member => member.Value?.GetValueKind() == JsonValueKind.String && member.Key != "mode")
            .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString());

    [Fact]
    public void Sizes_that_do_not_fit_together_are_a_caller_s_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessor(new PreprocessConfig(), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessor(new PreprocessConfig { ResizeSize = 63 }, 64));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new ImagePreprocessor(new PreprocessConfig { ResizeSize = 63 }, new Extent(32, 64)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessor(new PreprocessConfig(), new Extent(2, 0)));
        var image = new RgbImage(2, 2, new byte[12]);
        Assert.Throws<ArgumentException>("planes",
            () => new ImagePreprocessor(new PreprocessConfig(), 2).Apply(image, new byte[13]));
        Assert.Throws<ArgumentException>(() => new PixelBatch(new byte[13], 2));
        Assert.Throws<ArgumentException>(() => RgbImage.FromPlanes(new byte[13], 2, 2));
    }

    private static PreprocessConfig Parse(string json) =>
        JsonSerializer.Deserialize<PreprocessConfig>(json, SnakeCase)!;

    private static JsonElement Expected(string name, int size) =>
        PixelFixture.Manifest.GetProperty("pictures").GetProperty(name).GetProperty($"at_{size}");

    // [S, S, 3]
    private static byte[] Preprocess(string name, int size, string compat)
    {
        var planes = new byte[3 * size * size];
        new ImagePreprocessor(new PreprocessConfig { Compat = Spelling.Find<Compat>(compat) }, size)
            .Apply(PixelFixture.Decode(name), planes);
        return RgbImage.FromPlanes(planes, size, size).Pixels;
    }

    private static byte[] Cut(string name, int size, int x, int y)
    {
        var image = PixelFixture.Decode(name).ConvertedToRgb();
        var (width, height) = ImagePreprocessor.Covering(image, size);
        var pixels = new byte[3 * size * size];
        Resampler.Resize(image.View, width, height, ResampleFilter.Bicubic, new PixelBox(x, y, size, size), pixels);
        return pixels;
    }
}
