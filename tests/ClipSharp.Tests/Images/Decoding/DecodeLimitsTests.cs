using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Images.Decoding;

public sealed class DecodeLimitsTests
{
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
        Assert.Contains("no picture", Refusal(folder["long.jpg"]), StringComparison.Ordinal);
        Assert.Contains("no picture", Refusal(folder["link.jpg"]), StringComparison.Ordinal);
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
}
