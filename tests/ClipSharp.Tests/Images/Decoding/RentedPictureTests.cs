using System.Buffers;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Tests.Images.Decoding;

/// <summary>Pictures whose pixels are lent by the array pool.</summary>
public sealed class RentedPictureTests
{
    [Theory]
    [InlineData(33, 47, 1)]
    [InlineData(200, 90, 6)]
    [InlineData(640, 480, 1)]
    public void They_become_the_same_pixels_whatever_lay_in_the_array_before(int width, int height, int orientation)
    {
        var file = Jpeg(width, height);
        var expected = Planes(ImageDecoder.Decode(file, "") with { Orientation = orientation });
        var dirty = ArrayPool<byte>.Shared.Rent(3 * width * height);
        dirty.AsSpan().Fill(0xA5);
        ArrayPool<byte>.Shared.Return(dirty);

        var rented = ImageDecoder.Decode(file, "", DecodeLimits.Default, isRented: true) with { Orientation = orientation };
        Assert.True(rented.IsRented);
        Assert.Equal(expected, Planes(rented));
        rented.Return();
    }

    [Fact]
    public void One_that_is_given_back_leaves_its_array_to_the_next()
    {
        var file = Jpeg(500, 375);
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500 * 375);

        void Use()
        {
            var picture = ImageDecoder.Decode(file, "", DecodeLimits.Default, isRented: true);
            Planes(picture);
            picture.Return();
        }
    }

    [Fact]
    public void One_that_is_not_rented_is_as_long_as_its_pixels_and_stays()
    {
        var picture = ImageDecoder.Decode(Jpeg(50, 37), "");
        picture.Return();
        Assert.False(picture.IsRented);
        Assert.Equal(50 * 37 * 3, picture.Pixels.Length);
    }

    private static byte[] Planes(RgbImage picture)
    {
        var planes = new byte[3 * 32 * 32];
        new ImagePreprocessor(new PreprocessConfig { Exif = true }, 32).Apply(picture, planes);
        return planes;
    }

    private static byte[] Jpeg(int width, int height)
    {
        var random = new RandomStream(7, RandomPurpose.Augmentation);
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextInt32(256);
        }

        return new RgbImage(width, height, pixels).ToJpeg();
    }
}
