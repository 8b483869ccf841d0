using System.Text;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Formats;
using ImageMagick;

namespace ClipSharp.Images.Magick.Tests;

public sealed class MagickPictureDecoderTests
{
    private const int Width = 3, Height = 2;

    private static readonly byte[] Pixels = [.. Enumerable.Range(0, Width * Height * 3).Select(i => (byte)(i * 13))];

    [Fact]
    public void A_tiff_is_read_once_the_decoder_was_added()
    {
        var file = Tiff(Pixels);
        ImageDecoder.Add(new MagickPictureDecoder());

        var image = ImageDecoder.Decode(file, "a.tif");

        Assert.Equal((Width, Height), (image.Width, image.Height));
        Assert.Equal(Pixels, image.Pixels);
        Assert.Null(image.Alpha);
        Assert.True(ImageDecoder.Reads(PictureFormat.Of(file)!));
    }

    [Theory]
    [InlineData(MagickFormat.Avif, "AVIF")]
    [InlineData(MagickFormat.Jxl, "JPEG XL")]
    [InlineData(MagickFormat.Jp2, "JPEG 2000")]
    public void What_ImageMagick_writes_is_known_and_read(MagickFormat format, string name)
    {
        using var drawn = new MagickImage(new MagickColor(200, 40, 90), 64, 48);
        var file = drawn.ToByteArray(format);

        Assert.Equal(name, PictureFormat.Of(file)?.Name);
        Assert.Equal(PictureFault.None, new MagickPictureDecoder().Decode(file, DecodeLimits.Default, out var image));
        Assert.Equal((64, 48), (image!.Width, image.Height));
        Assert.InRange(image.Pixels[0], 190, 210);
        Assert.InRange(image.Pixels[1], 30, 50);
        Assert.InRange(image.Pixels[2], 80, 100);
    }

    [Fact]
    public void A_cut_file_is_damaged_and_never_filled()
    {
        var file = Tiff(Pixels);
        for (var length = 8; length < file.Length; length++)
        {
            Assert.Equal(PictureFault.Corrupt, Decode(file[..length]));
        }
    }

    [Fact]
    public void A_head_alone_is_damaged() => Assert.Equal(PictureFault.Corrupt,
        Decode([0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8]));

    [Fact]
    public void Limits_are_kept() =>
        Assert.Equal(PictureFault.TooLarge, Decode(Tiff(Pixels), new DecodeLimits { MaxPixels = (Width * Height) - 1 }));

    [Fact]
    public void What_it_does_not_read_it_does_not_try()
    {
        Assert.False(new MagickPictureDecoder().Reads(PictureFormat.Of("8BPS\0\u0001"u8)!));
        Assert.Equal(PictureFault.UnknownFormat, Decode("8BPS\0\u0001"u8.ToArray()));
        Assert.Equal(PictureFault.UnknownFormat, Decode(Encoding.ASCII.GetBytes("push graphic-context")));
    }

    private static PictureFault Decode(byte[] file, DecodeLimits? limits = null) =>
        new MagickPictureDecoder().Decode(file, limits ?? DecodeLimits.Default, out _);

    // Little-endian, one strip, uncompressed: header, pixels, directory (TIFF 6.0, 2).
    private static byte[] Tiff(byte[] pixels)
    {
        var directory = 8 + pixels.Length + 6;
        (ushort Tag, ushort Type, uint Count, uint Value)[] entries =
        [
            (256, 3, 1, Width), (257, 3, 1, Height), (258, 3, 3, (uint)(8 + pixels.Length)), (259, 3, 1, 1), (262, 3, 1, 2),
            (273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, Height), (279, 4, 1, (uint)pixels.Length),
        ];
        using var stream = new MemoryStream();
        using var file = new BinaryWriter(stream);
        file.Write("II*\0"u8);
        file.Write(directory);
        file.Write(pixels);
        file.Write([8, 0, 8, 0, 8, 0]); // bits a sample
        file.Write((ushort)entries.Length);
        foreach (var (tag, type, count, value) in entries)
        {
            file.Write(tag);
            file.Write(type);
            file.Write(count);
            file.Write(value);
        }

        file.Write(0);
        return stream.ToArray();
    }
}
