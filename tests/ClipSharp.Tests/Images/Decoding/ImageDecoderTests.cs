using System.Globalization;
using System.Text.RegularExpressions;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
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

        foreach (var (name, verdict, detail, bytes) in pictures)
        {
            var decoded = ImageDecoder.TryDecode(bytes, DecodeLimits.Default, out var image, out var fault);
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
            // A still GIF needs only its trailer less.
            var whole = name.EndsWith(".gif", StringComparison.Ordinal) ? file.Length - 1 : file.Length;
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
        byte[] hugeChunk = [.. png.AsSpan(0, 33), 0xFF, 0xFF, 0xFF, 0xFF, .. png.AsSpan(37)];

        Assert.False(ImageDecoder.TryDecode([.. jpeg.AsSpan(0, scan), 0xFF, 0xD9], DecodeLimits.Default, out _, out var fault));
        Assert.Equal(PictureFault.Corrupt, fault);
        Assert.False(ImageDecoder.TryDecode(hugeChunk, DecodeLimits.Default, out _, out fault));
        Assert.Equal(PictureFault.Truncated, fault); // 4 GiB of chunk are not there
        Assert.False(ImageDecoder.TryDecode([.. png.AsSpan(0, 33), .. png.AsSpan(png.Length - 12)], DecodeLimits.Default, out _,
            out fault));
        Assert.Equal(PictureFault.Corrupt, fault);
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
    public void Limits_hold_at_their_edge()
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/png-500x3.png"));
        PictureFault Fault(DecodeLimits limits)
        {
            ImageDecoder.TryDecode(file, limits, out _, out var fault);
            return fault;
        }

        Assert.Equal(PictureFault.None, Fault(new DecodeLimits { MaxSide = 500, MaxPixels = 1500, MaxFileBytes = file.Length }));
        Assert.Equal(PictureFault.TooLarge, Fault(new DecodeLimits { MaxSide = 499 }));
        Assert.Equal(PictureFault.TooLarge, Fault(new DecodeLimits { MaxPixels = 1499 }));
        Assert.Equal(PictureFault.TooLarge, Fault(new DecodeLimits { MaxFileBytes = file.Length - 1 }));
        file = new RgbImage(2, 7, new byte[2 * 7 * 3]).ToPng();
        Assert.Equal(PictureFault.None, Fault(new DecodeLimits { MaxSide = 7 }));
        Assert.Equal(PictureFault.TooLarge, Fault(new DecodeLimits { MaxSide = 6 }));
    }

    [Fact]
    public void A_frame_larger_than_its_screen_is_held_to_the_limits_too()
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/gif-150x120.gif"));
        (file[6], file[8]) = (1, 1); // the screen now claims 1 x 1; the frame still has 150 x 120

        Assert.False(ImageDecoder.TryDecode(file, new DecodeLimits { MaxPixels = 100 }, out _, out var fault));
        Assert.Equal(PictureFault.TooLarge, fault);
    }

    [Fact]
    public void A_file_too_long_and_a_device_without_end_are_not_read()
    {
        using var folder = new TemporaryFolder();
        using (var sparse = File.Create(folder["long.jpg"]))
        {
            sparse.SetLength(DecodeLimits.Default.MaxFileBytes + 1L);
        }

        File.CreateSymbolicLink(folder["link.jpg"], "long.jpg");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("too large", Refusal(folder["long.jpg"]), StringComparison.Ordinal);
        Assert.Contains("too large", Refusal(folder["link.jpg"]), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no device of zeros.");
        File.CreateSymbolicLink(folder["zeros.jpg"], "/dev/zero");
        Assert.Contains("an empty file", Refusal("/dev/zero"), StringComparison.Ordinal);
        Assert.Contains("an empty file", Refusal(folder["zeros.jpg"]), StringComparison.Ordinal);
        static string Refusal(string path) => Assert.Throws<ClipException>(() => ImageDecoder.Load(path)).Message;
    }

    [Fact]
    public void A_large_claim_costs_no_memory()
    {
        var png = OddInputs.Bytes("pictures/claims_60000.png");
        var jpeg = OddInputs.Bytes("pictures/claims_60000.jpg");
        var before = GC.GetAllocatedBytesForCurrentThread();

        ImageDecoder.TryDecode(png, DecodeLimits.Default, out _, out _);
        ImageDecoder.TryDecode(jpeg, DecodeLimits.Default, out _, out _);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);

        // The header alone decides: no decoder has seen this file, of which there is no more.
        Assert.False(ImageDecoder.TryDecode(png.AsSpan(0, 33), DecodeLimits.Default, out _, out var fault));
        Assert.Equal(PictureFault.TooLarge, fault);
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
