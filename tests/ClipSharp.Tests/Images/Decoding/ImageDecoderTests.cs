using System.Globalization;
using System.Text.RegularExpressions;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Images.Decoding;

[Trait("Category", "Vectors")]
public sealed partial class ImageDecoderTests
{
    // What our decoder reads otherwise than Pillow's convert("RGB"), and why.
    private static readonly Dictionary<string, string> Different = new()
    {
        ["png-grey16-100x80.png"] = "the high byte is kept; Pillow clips 16-bit grey to white",
        ["png-grey16-small-100x80.png"] = "the high byte is kept: 0 everywhere",
    };

    [Theory]
    [InlineData(false, 18)]
    [InlineData(true, 36)]
    public void Every_broken_or_odd_picture_meets_its_verdict(bool isShared, int least)
    {
        var pictures = OddInputs.All(isShared).Where(input => input.File.StartsWith("pictures/", StringComparison.Ordinal))
            .ToList();
        Assert.True(pictures.Count >= least, $"{pictures.Count} pictures");

        var limits = new DecodeLimits { MaxPixels = 89_478_485 }; // where Pillow warns
        foreach (var (name, verdict, detail, bytes) in pictures)
        {
            var decoded = ImageDecoder.TryDecode(bytes, limits, out var image, out var fault);
            if (!decoded)
            {
                Assert.Contains("skip", verdict, StringComparison.Ordinal);
                var foreseen = verdict is "accept or skip"
                    || verdict.EndsWith("skip: " + Reason(fault), StringComparison.Ordinal);
                Assert.True(foreseen, $"{name}: {fault}, {verdict}");
                Assert.Null(image);
                continue;
            }

            Assert.True(verdict.StartsWith("accept", StringComparison.Ordinal), $"{name} was accepted, wanted {verdict}");
            AssertPixels(name, detail.Split("; with an opt-in turn")[0].Split("; over white")[0], detail, image!);
        }
    }

    [Theory]
    [MemberData(nameof(PixelFixture.Pictures), MemberType = typeof(PixelFixture))]
    public void Decoded_pixels_are_Pillows_byte_for_byte(string name)
    {
        var image = PixelFixture.Decode(name);
        var expected = PixelFixture.Manifest.GetProperty("pictures").GetProperty(name);

        Assert.Equal((expected.GetProperty("width").GetInt32(), expected.GetProperty("height").GetInt32()),
            (image.Width, image.Height));
        Assert.Equal(!Different.ContainsKey(name),
            PixelFixture.Sha256(image.Pixels) == expected.GetProperty("decoded_sha256").GetString());
    }

    [Fact]
    public void A_picture_is_turned_by_its_orientation_only_when_asked()
    {
        var file = OddInputs.Bytes("pictures/exif6.jpg");
        Assert.True(ImageDecoder.TryDecode(file, DecodeLimits.Default, out var image, out _, applyOrientation: true));
        AssertPixels("turned", "48x32; (3,29)=#283cc8, (44,2)=#28b43c, (44,29)=#e6c828", "within 12", image!);
    }

    [Theory]
    [InlineData(2, "badcfe")]
    [InlineData(3, "fedcba")]
    [InlineData(4, "efcdab")]
    [InlineData(5, "acebdf")]
    [InlineData(6, "ecafdb")]
    [InlineData(7, "fdbeca")]
    [InlineData(8, "bdface")]
    public void Each_orientation_puts_the_corners_where_exif_says(int orientation, string expected)
    {
        // Two pixels a row, three rows: ab / cd / ef.
        var pixels = "abcdef".SelectMany(letter => new[] { (byte)letter, (byte)letter, (byte)letter }).ToArray();
        var turned = ExifOrientation.Apply(new RgbImage(2, 3, pixels, [.. "abcdef"u8]), orientation);

        Assert.Equal(orientation < 5 ? 2 : 3, turned.Width);
        Assert.Equal(expected, string.Concat(turned.Pixels.Where((_, i) => i % 3 == 1).Select(value => (char)value)));
        Assert.Equal(expected, string.Concat(turned.Alpha!.Select(value => (char)value)));
    }

    [Fact]
    public void No_beginning_of_a_file_is_a_picture()
    {
        string[] names =
            ["jpeg-odd-17x13.jpg", "png-1bit-150x110.png", "gif-transparent-80x80.gif", "webp-alpha-100x100.webp",
                "bmp-61x47.bmp"];
        foreach (var name in names)
        {
            var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/" + name));
            // A still GIF needs all but its trailer, a PNG all but its end mark and the check sums of its data.
            var whole = file.Length - (Path.GetExtension(name) switch { ".gif" => 1, ".png" => 24, _ => 0 });
            for (var length = 0; length < whole; length += Math.Max(1, length / 40))
            {
                Assert.False(ImageDecoder.TryDecode(file.AsSpan(0, length), DecodeLimits.Default, out _, out var fault),
                    $"{name}: {length}");
                Assert.True(length < 30 || fault == PictureFault.Truncated, $"{name}: {length} bytes: {fault}");
            }
        }
    }

    [Fact]
    public void Complete_frames_without_their_data_are_corrupt()
    {
        var jpeg = OddInputs.Jpeg;
        var scan = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xDA });
        var png = OddInputs.Png;
        var length = png.AsSpan().IndexOf("IDAT"u8) - 4;
        byte[] huge = [.. png.AsSpan(0, length), 0xFF, 0xFF, 0xFF, 0xFF, .. png.AsSpan(length + 4)]; // 4 GiB of data

        Assert.False(ImageDecoder.TryDecode([.. jpeg.AsSpan(0, scan), 0xFF, 0xD9], DecodeLimits.Default, out _, out var fault));
        Assert.Equal(PictureFault.Corrupt, fault);
        Assert.Equal(ImageDecoder.Decode(png, "as it was").Pixels, ImageDecoder.Decode(huge, "all rows are there").Pixels);
        Assert.False(ImageDecoder.TryDecode(huge.AsSpan(..^40), DecodeLimits.Default, out _, out fault));
        Assert.Equal(PictureFault.Truncated, fault);
        Assert.False(ImageDecoder.TryDecode([.. png.AsSpan(0, 33), .. png.AsSpan(png.Length - 12)], DecodeLimits.Default, out _,
            out fault));
        Assert.Equal(PictureFault.Corrupt, fault);
    }

    // What Pillow 9.4 reads and refuses: it wants a JPEG's end mark, and of a PNG the rows alone.
    [Theory]
    [InlineData("png-1bit-150x110.png", 20)]
    [InlineData("png-checker-150x150.png", 20)]
    [InlineData("png-grey-130x170.png", 16)]
    [InlineData("png-grey16-100x80.png", 20)]
    [InlineData("png-palette-trns-128x96.png", 12)]
    [InlineData("png-la-90x140.png", 1)]
    public void A_png_without_its_end_is_read_like_the_whole_one(string name, int missing)
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/" + name));
        var whole = ImageDecoder.Decode(file, name);
        var cut = ImageDecoder.Decode(file.AsSpan(..^missing), name);

        Assert.Equal(whole.Pixels, cut.Pixels);
        Assert.Equal(whole.Alpha, cut.Alpha);
        Assert.Equal(whole.Grey16, cut.Grey16);
        Assert.False(ImageDecoder.TryDecode(file.AsSpan(..^24), DecodeLimits.Default, out _, out var fault));
        Assert.Equal(PictureFault.Truncated, fault);
    }

    [Fact]
    public void A_format_that_is_not_read_is_told_by_its_name()
    {
        byte[] heic = [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8];
        var refusal = Assert.Throws<ClipException>(() => ImageDecoder.Decode(heic, "IMG_1.HEIC"));

        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("(IMG_1.HEIC): found HEIC, which ClipSharp does not read", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ClipSharp.Images.Magick", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("a damaged HEIC", PictureRefusal.Found(PictureFault.Corrupt, heic)); // what an added decoder says of it
    }

    [Fact]
    public void An_added_decoder_is_asked_for_what_only_it_reads()
    {
        byte[] icon = [0, 0, 1, 0, 1, 0];
        Assert.False(ImageDecoder.TryDecode(icon, DecodeLimits.Default, out _, out var fault));
        Assert.Equal(PictureFault.UnknownFormat, fault);

        ImageDecoder.Add(new IconDecoder());

        Assert.True(ImageDecoder.Reads(PictureFormat.Of(icon)!));
        Assert.Equal([1, 2, 3], ImageDecoder.Decode(icon, "a.ico").Pixels);
        Assert.False(ImageDecoder.TryDecode(icon, new DecodeLimits { MaxFileBytes = 5 }, out _, out fault));
        Assert.Equal(PictureFault.TooLarge, fault);
    }

    private sealed class IconDecoder : IPictureDecoder
    {
        public bool Reads(PictureFormat format) => format.Name == "icon";

        public PictureFault Decode(ReadOnlySpan<byte> file, DecodeLimits limits, out RgbImage? image)
        {
            image = new RgbImage(1, 1, [1, 2, 3]);
            return PictureFault.None;
        }
    }

    [Fact]
    public void Flipped_bytes_never_throw()
    {
        var random = new RandomStream(5, RandomPurpose.Resampling);
        foreach (var path in Directory.GetFiles(SharedFiles.Fixture("pixels/source"))
            .Where(path => new FileInfo(path).Length < 3000))
        {
            var file = File.ReadAllBytes(path);
            for (var trial = 0; trial < 30; trial++)
            {
                var broken = (byte[])file.Clone();
                broken[random.NextInt32(Math.Min(file.Length, 200))] = (byte)random.NextUInt32();
                broken[random.NextInt32(file.Length)] ^= (byte)(1 << random.NextInt32(8));
                var limits = new DecodeLimits { MaxPixels = 100_000 };

                var decoded = ImageDecoder.TryDecode(broken, limits, out var image, out var fault);

                Assert.Equal(decoded, image is not null);
                Assert.Equal(decoded, fault == PictureFault.None);
            }
        }
    }

    [Fact]
    public void Pictures_of_other_formats_are_told_from_what_is_no_picture()
    {
        PictureFault Fault(ReadOnlySpan<byte> file)
        {
            ImageDecoder.TryDecode(file, DecodeLimits.Default, out _, out var fault);
            return fault;
        }

        Assert.Equal(PictureFault.UnknownFormat, Fault("II*\0........"u8));
        Assert.Equal(PictureFault.UnknownFormat, Fault("\0\0\0\u001cftypavif...."u8));
        Assert.Equal(PictureFault.NotAPicture, Fault("<html>not found</html>"u8));
        Assert.Equal(PictureFault.Empty, Fault([]));
    }

    [Fact]
    public void A_clear_colour_of_a_gif_keeps_its_hue_and_is_clear()
    {
        var image = PixelFixture.Decode("gif-transparent-80x80.gif");

        Assert.NotNull(image.Alpha);
        var clear = Enumerable.Range(0, image.Alpha.Length).Where(i => image.Alpha[i] == 0).ToList();
        Assert.InRange(clear.Count, 1, image.Alpha.Length - 1);
        Assert.Single(clear.Select(i => Convert.ToHexString(image.Pixels, 3 * i, 3)).Distinct());
    }

    [Fact]
    public void Many_threads_read_the_same_pixels()
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/webp-alpha-100x100.webp"));
        var expected = PixelFixture.Sha256(PixelFixture.Decode("webp-alpha-100x100.webp").Pixels);

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            Assert.True(ImageDecoder.TryDecode(file, DecodeLimits.Default, out var image, out var _));
            Assert.Equal(expected, PixelFixture.Sha256(image!.Pixels));
        });
    }

    [Fact]
    public void Repacking_keeps_every_colour_at_every_length()
    {
        for (var pixels = 0; pixels < 40; pixels++)
        {
            var rgba = Enumerable.Range(0, 4 * pixels).Select(i => (byte)(i % 4 == 3 ? 255 : i)).ToArray();
            var rgb = new byte[3 * pixels];

            RgbaRows.TakeColours(rgba, rgb);

            Assert.Equal(rgba.Where((_, i) => i % 4 != 3), rgb);
            Assert.Null(RgbaRows.TakeAlpha(rgba));
        }

        Assert.Equal([7, 255], RgbaRows.TakeAlpha([1, 2, 3, 7, 4, 5, 6, 255])!);
    }

    private static string Reason(PictureFault fault) => fault switch
    {
        PictureFault.Empty => "empty picture",
        PictureFault.Truncated => "truncated picture",
        PictureFault.TooLarge => "too large",
        PictureFault.NotAPicture => "not a picture",
        PictureFault.Corrupt => "corrupt picture",
        PictureFault.UnknownFormat => "unknown format",
        _ => "none",
    };

    private static void AssertPixels(string name, string expected, string detail, RgbImage image)
    {
        var tolerance = Within().Match(detail) is { Success: true } within ? Number(within.Groups[1]) : 0;
        if (Size().Match(expected) is { Success: true } size)
        {
            Assert.Equal((Number(size.Groups[1]), Number(size.Groups[2])), (image.Width, image.Height));
        }

        foreach (Match pixel in Pixel().Matches(expected))
        {
            var at = 3 * ((Number(pixel.Groups[2]) * image.Width) + Number(pixel.Groups[1]));
            var wanted = Convert.FromHexString(pixel.Groups[3].ValueSpan);
            for (var c = 0; c < 3; c++)
            {
                Assert.True(Math.Abs(wanted[c] - image.Pixels[at + c]) <= tolerance,
                    $"{name} {pixel.Value}: found {Convert.ToHexString(image.Pixels.AsSpan(at, 3))}");
            }
        }
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\bwithin (\d+)")]
    private static partial Regex Within();

    [GeneratedRegex(@"\b(\d+)x(\d+);")]
    private static partial Regex Size();

    [GeneratedRegex(@"\((\d+),(\d+)\)=#([0-9a-f]{6})")]
    private static partial Regex Pixel();
}
