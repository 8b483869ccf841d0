using SkiaSharp;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>JPEGs as large as those of Flickr's sets: clouds of colour with grain, quality 85. Drawn, since those at hand are
/// small.</summary>
internal static class Photographs
{
    public const int Width = 500, Height = 375;

    private const int Grain = 24; // of 256 levels

    public static IReadOnlyList<byte[]> Jpegs(int count, int width = Width, int height = Height) =>
        [.. Enumerable.Range(0, count).Select(number => Jpeg(number, width, height))];

    private static byte[] Jpeg(int number, int width, int height)
    {
        var random = new RandomStream(number, RandomPurpose.Synthesis);
        using var clouds = new SKBitmap(new SKImageInfo(32, 24, SKColorType.Rgba8888, SKAlphaType.Opaque));
        foreach (ref var value in clouds.GetPixelSpan())
        {
            value = (byte)random.NextUInt32();
        }

        using var picture = clouds.Resize(new SKImageInfo(width, height), new SKSamplingOptions(SKCubicResampler.Mitchell));
        foreach (ref var value in picture.GetPixelSpan())
        {
            value = (byte)Math.Clamp(value + random.NextInt32(Grain) - (Grain / 2), 0, 255);
        }

        using var file = picture.Encode(SKEncodedImageFormat.Jpeg, 85);
        return file.ToArray();
    }
}
