using ClipSharp.Evaluation.Overlaps.Fingerprints;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class PictureFingerprintTests
{
    private static readonly RgbImage Picture = DrawnPictures.Draw(1, 12, 8);

    [Fact]
    public void Equal_pixels_are_equal_from_whatever_file()
    {
        var opaque = new byte[Picture.Width * Picture.Height];
        Array.Fill(opaque, (byte)255);
        var own = PictureFingerprint.Of(Picture);
        Assert.Equal(own, PictureFingerprint.Of(ImageDecoder.Decode(Picture.ToPng(), "png")));
        Assert.Equal(own, PictureFingerprint.Of(Picture with { Alpha = opaque }));
        Assert.NotEqual(own.Pixels, PictureFingerprint.Of(DrawnPictures.Jpeg(Picture, 95)).Pixels);
    }

    [Fact]
    public void One_level_of_one_pixel_makes_another_picture()
    {
        var pixels = Picture.Pixels.ToArray();
        pixels[100]++;
        Assert.NotEqual(PictureFingerprint.Of(Picture).Pixels, PictureFingerprint.Of(new RgbImage(12, 8, pixels)).Pixels);
    }

    [Fact]
    public void The_same_bytes_in_another_shape_are_another_picture() =>
        Assert.NotEqual(PictureFingerprint.Of(Picture).Pixels, PictureFingerprint.Of(new RgbImage(8, 12, Picture.Pixels)).Pixels);
}
