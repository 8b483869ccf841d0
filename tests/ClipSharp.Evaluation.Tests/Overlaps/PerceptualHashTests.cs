using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Evaluation.Overlaps.Fingerprints;
using ClipSharp.Images;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class PerceptualHashTests
{
    private const int Pictures = 40;

    public static TheoryData<string> Copies => ["jpeg 50", "half", "twice"];

    [Theory]
    [MemberData(nameof(Copies))]
    public void A_copy_is_near_and_another_picture_is_not(string kind)
    {
        var originals = Enumerable.Range(0, Pictures).Select(seed => DrawnPictures.Draw(seed)).ToList();
        var hashes = originals.ConvertAll(PerceptualHash.Of);
        for (var i = 0; i < Pictures; i++)
        {
            var copy = PerceptualHash.Of(Copy(originals[i], kind));
            Assert.InRange(copy.Distance(hashes[i]), 0, OverlapRule.Default.HashDistance);
            var nearestOther = hashes.Where((_, other) => other != i).Min(copy.Distance);
            Assert.True(nearestOther > OverlapRule.Default.HashDistance, $"{kind} of {i}: another is at {nearestOther}");
        }
    }

    [Fact]
    public void A_narrow_crop_is_nearer_than_any_other_picture_and_mostly_near_enough()
    {
        var originals = Enumerable.Range(0, Pictures).Select(seed => DrawnPictures.Draw(seed)).ToList();
        var hashes = originals.ConvertAll(PerceptualHash.Of);
        var crops = originals.ConvertAll(image => PerceptualHash.Of(DrawnPictures.Jpeg(DrawnPictures.Cropped(image, 0.95), 90)));
        Assert.Equal(Enumerable.Range(0, Pictures), crops.Select(crop => hashes.IndexOf(hashes.MinBy(crop.Distance))));
        Assert.InRange(crops.Zip(hashes).Count(pair => pair.First.Distance(pair.Second) <= OverlapRule.Default.HashDistance),
            Pictures * 9 / 10, Pictures);
    }

    [Fact]
    public void A_mirrored_picture_is_another()
    {
        var image = DrawnPictures.Draw(1);
        Assert.True(PerceptualHash.Of(DrawnPictures.Mirrored(image)).Distance(PerceptualHash.Of(image))
            > OverlapRule.Default.HashDistance);
    }

    [Fact]
    public void Clear_pixels_are_white_whatever_colour_hides_in_them()
    {
        var (opaque, clear) = (DrawnPictures.Draw(2, 16, 16), new byte[256]);
        Array.Fill(clear, (byte)255, 0, 128);
        var other = opaque.Pixels.ToArray();
        Array.Fill(other, (byte)77, 3 * 128, 3 * 128);
        Assert.Equal(PerceptualHash.Of(opaque with { Alpha = clear }),
            PerceptualHash.Of(new RgbImage(16, 16, other, clear)));
    }

    [Fact]
    public void Bits_are_the_waves_above_the_median_of_the_definition()
    {
        var image = DrawnPictures.Draw(3, 64, 64);
        var waves = new List<double>();
        for (var down = 0; down < 16; down++)
        {
            for (var across = 0; across < 16; across++)
            {
                var sum = 0.0;
                for (var i = 0; i < 64 * 64; i++)
                {
                    var (y, x) = Math.DivRem(i, 64);
                    var grey = (0.299 * image.Pixels[3 * i]) + (0.587 * image.Pixels[(3 * i) + 1])
                        + (0.114 * image.Pixels[(3 * i) + 2]);
                    sum += grey * Math.Cos(Math.PI * across * ((2 * x) + 1) / 128)
                        * Math.Cos(Math.PI * down * ((2 * y) + 1) / 128);
                }

                waves.Add(sum);
            }
        }

        waves.RemoveAt(0); // the mean
        var median = waves.Order().ElementAt(waves.Count / 2);
        var words = new ulong[4];
        foreach (var i in Enumerable.Range(0, waves.Count).Where(i => waves[i] > median))
        {
            words[i / 64] |= 1UL << (i % 64);
        }

        var hash = PerceptualHash.Of(image);
        Assert.Equal(new PerceptualHash(words[0], words[1], words[2], words[3]), hash);
    }

    private static RgbImage Copy(RgbImage image, string kind) => kind switch
    {
        "jpeg 50" => DrawnPictures.Jpeg(image, 50),
        "half" => DrawnPictures.Jpeg(DrawnPictures.Resized(image, 0.5), 90),
        _ => DrawnPictures.Jpeg(DrawnPictures.Resized(image, 2), 90),
    };
}
