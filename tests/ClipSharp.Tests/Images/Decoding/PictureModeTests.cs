using System.Text.Json;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Tests.Images.Decoding;

/// <summary>Modes that the pixel fixtures lack, against Pillow 9.4 (<c>tests/fixtures/pixel-modes/make.py</c>).</summary>
public sealed class PictureModeTests
{
    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadAllText(SharedFiles.Fixture("pixel-modes/expected.json"))).RootElement;

    public static TheoryData<string> Pictures =>
        [.. Expected.GetProperty("pictures").EnumerateObject().Select(picture => picture.Name)];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Every_mode_resized_in_every_way_is_Pillows(string name)
    {
        var size = Expected.GetProperty("size").GetInt32();
        var image = Decode(name);
        foreach (var expected in Expected.GetProperty("pictures").GetProperty(name).EnumerateObject())
        {
            var way = expected.Name.Split(' ');
            var config = new PreprocessConfig
            {
                Compat = Spelling.Find<Compat>(way[0]),
                ResizeMode = Spelling.Find<ResizeMode>(way[1])!.Value,
                Interpolation = Spelling.Find<ResampleFilter>(way[2])!.Value,
                FillColor = Expected.GetProperty("fill_color").GetInt32(),
            };
            Assert.True(expected.Value.GetString() == PixelFixture.Sha256(Apply(config, image, size)),
                $"{name}: {expected.Name}");
        }
    }

    [Fact]
    public void A_picture_is_turned_only_when_the_config_says_so()
    {
        var turned = ExifOrientation.Apply(Decode("exif6.jpg"), 6);

        Assert.Equal(Apply(new PreprocessConfig(), turned, 24),
            Apply(new PreprocessConfig { Exif = true }, Decode("exif6.jpg"), 24));
        Assert.NotEqual(Apply(new PreprocessConfig(), turned, 24), Apply(new PreprocessConfig(), Decode("exif6.jpg"), 24));
    }

    [Fact]
    public void Sixteen_bit_grey_turns_with_all_its_bits()
    {
        var image = Decode("grey16.png");
        var half = ExifOrientation.Apply(image, 3);

        Assert.Equal(image.Grey16.Reverse(), half.Grey16);
        Assert.Equal(PictureMode.Grey16, half.Mode);
    }

    [Fact]
    public void Our_own_order_keeps_the_high_byte_of_sixteen_bit_grey()
    {
        var image = Decode("grey16.png");

        Assert.Equal(image.Grey16.Select(level => (byte)(level >> 8)), image.Pixels.Where((_, i) => i % 3 == 0));
        Assert.Equal(
            Apply(new PreprocessConfig { Compat = Compat.ClipSharp }, new RgbImage(image.Width, image.Height, image.Pixels), 24),
            Apply(new PreprocessConfig { Compat = Compat.ClipSharp }, image, 24));
    }

    [Fact]
    public void A_background_of_our_own_means_our_own_order()
    {
        Assert.Equal(Compat.OpenAI, new PreprocessConfig().CompatOrDefault);
        Assert.Equal(Compat.ClipSharp, new PreprocessConfig { Background = Background.White }.CompatOrDefault);
        Assert.Equal(Compat.HuggingFace,
            new PreprocessConfig { Background = Background.White, Compat = Compat.HuggingFace }.CompatOrDefault);
    }

    [Fact]
    public void Damaged_sixteen_bit_grey_is_corrupt_and_never_throws()
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixel-modes/source/grey16-interlaced.png"));
        var random = new RandomStream(3, RandomPurpose.Resampling);
        for (var trial = 0; trial < 2000; trial++)
        {
            var broken = (byte[])file.Clone();
            broken[33 + random.NextInt32(file.Length - 33)] = (byte)random.NextUInt32();
            var decoded = ImageDecoder.TryDecode(broken, DecodeLimits.Default, out var image, out _);
            Assert.True(!decoded || image!.Grey16.Length == image.Width * image.Height);
        }
    }

    private static RgbImage Decode(string name)
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixel-modes/source/" + name));
        Assert.True(ImageDecoder.TryDecode(file, DecodeLimits.Default, out var image, out var fault), $"{name}: {fault}");
        return image!;
    }

    private static byte[] Apply(PreprocessConfig config, RgbImage image, int size)
    {
        var planes = new byte[3 * size * size];
        new ImagePreprocessor(config, size).Apply(image, planes);
        return RgbImage.FromPlanes(planes, size, size).Pixels;
    }
}
