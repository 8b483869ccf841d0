using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Testing.Odd;
using SkiaSharp;

namespace ClipSharp.Tests.Images.Decoding;

[Trait("Category", "Vectors")]
public sealed class JpegTests
{
    [Theory]
    [InlineData("jpeg-420-320x240.jpg")]
    [InlineData("jpeg-progressive-300x200.jpg")]
    public void A_jpeg_without_its_end_mark_is_cut(string name)
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/" + name));
        Assert.Equal([0xFF, 0xD9], file[^2..]);

        foreach (byte[] cut in new[] { file[..^2], file[..^1], [.. file[..^2], .. new byte[512]] })
        {
            Assert.False(ImageDecoder.TryDecode(cut, DecodeLimits.Default, out _, out var fault));
            Assert.Equal(PictureFault.Truncated, fault);
        }
    }

    [Fact]
    public void What_stands_behind_a_jpegs_end_mark_changes_nothing()
    {
        var whole = ImageDecoder.Decode(OddInputs.Jpeg, "whole").Pixels;
        foreach (var tail in new byte[][] { [0], [0xFF], [0xFF, 0xD9], [0xFF, 0xE1, 0xFF], [.. "<html>"u8], OddInputs.Jpeg })
        {
            Assert.Equal(whole, ImageDecoder.Decode([.. OddInputs.Jpeg, .. tail], "with a tail").Pixels);
        }
    }

    [Fact]
    public void A_film_behind_a_jpeg_does_not_count()
    {
        byte[] film = [0, 0, 0, 24, .. "ftypmp42"u8, .. new byte[100_000]];
        byte[] file = [.. OddInputs.Jpeg, .. film];
        var limits = new DecodeLimits { MaxFileBytes = OddInputs.Jpeg.Length };

        Assert.Equal(ImageDecoder.Decode(OddInputs.Jpeg, "still").Pixels, ImageDecoder.Decode(file, "motion", limits).Pixels);

        using var folder = new TemporaryFolder();
        var path = folder["motion.jpg"];
        File.WriteAllBytes(path, file);
        Assert.Equal(limits.MaxFileBytes + 1, PictureFile.Read(path, limits).Length);
        Assert.NotNull(ImageDecoder.Load(path, limits));
        limits = limits with { MaxFileBytes = limits.MaxFileBytes - 1 };
        var refusal = Assert.Throws<ClipException>(() => ImageDecoder.Load(path, limits));
        Assert.Contains("too large a JPEG, 48 x 32 pixels", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_jpeg_of_many_bands_is_the_one_decoded_at_once()
    {
        var random = new RandomStream(7, RandomPurpose.Resampling);
        var drawn = new byte[3 * 901 * 700];
        for (var i = 0; i < drawn.Length; i++)
        {
            drawn[i] = (byte)((i / 900) + random.NextInt32(40));
        }

        using var bitmap = SKBitmap.Decode(new RgbImage(901, 700, drawn).ToPng());
        using var file = bitmap.Encode(SKEncodedImageFormat.Jpeg, 80);
        using var codec = SKCodec.Create(file);
        var atOnce = new byte[4 * 901 * 700];
        unsafe
        {
            fixed (byte* pixels = atOnce)
            {
                Assert.Equal(SKCodecResult.Success,
                    codec.GetPixels(new SKImageInfo(901, 700, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels));
            }
        }

        Assert.Equal(atOnce.Where((_, i) => i % 4 != 3), ImageDecoder.Decode(file.ToArray(), "bands").Pixels);
    }
}
