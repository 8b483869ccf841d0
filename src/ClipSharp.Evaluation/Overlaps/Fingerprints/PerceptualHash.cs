using System.Numerics;
using ClipSharp.Images;

namespace ClipSharp.Evaluation.Overlaps.Fingerprints;

/// <summary>What a picture looks like, in 255 bits: of its 64 × 64 grey levels the 16 × 16 lowest waves of the discrete cosine
/// transform but the mean, a bit each, 1 where the wave is above the median (Zauner 2010, who takes 64). Another size, another
/// JPEG or a narrow crop turns few bits; two pictures that have nothing to do with each other differ in about 128. Where a
/// picture is flat its bits are noise.</summary>
/// <param name="First">Bits 0 to 63.</param>
/// <param name="Second">Bits 64 to 127.</param>
/// <param name="Third">Bits 128 to 191.</param>
/// <param name="Fourth">Bits 192 to 254.</param>
public readonly record struct PerceptualHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>The largest distance.</summary>
    public const int Bits = (Waves * Waves) - 1;

    private const int Side = 64;
    private const int Waves = 16;

    private static readonly float[] Cosines = MakeCosines(); // [Waves, Side]

    /// <summary>The hash of a picture as people see it on white.</summary>
    public static PerceptualHash Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var pixels = Resampler.Resize(image.Over(255, 255, 255).View, Side, Side, ResampleFilter.Bilinear);
        Span<float> rows = stackalloc float[Side * Waves];
        Span<float> waves = stackalloc float[Waves * Waves];
        for (var y = 0; y < Side; y++)
        {
            for (var wave = 0; wave < Waves; wave++)
            {
                var sum = 0f;
                for (var x = 0; x < Side; x++)
                {
                    var at = 3 * ((y * Side) + x);
                    // Grey by Rec. 601, as Pillow's mode L.
                    sum += Cosines[(wave * Side) + x]
                        * ((0.299f * pixels[at]) + (0.587f * pixels[at + 1]) + (0.114f * pixels[at + 2]));
                }

                rows[(y * Waves) + wave] = sum;
            }
        }

        for (var down = 0; down < Waves; down++)
        {
            for (var across = 0; across < Waves; across++)
            {
                var sum = 0f;
                for (var y = 0; y < Side; y++)
                {
                    sum += Cosines[(down * Side) + y] * rows[(y * Waves) + across];
                }

                waves[(down * Waves) + across] = sum;
            }
        }

        return AboveMedian(waves[1..]);
    }

    /// <summary>How many bits differ, 0 to 255.</summary>
    public int Distance(PerceptualHash other) => BitOperations.PopCount(First ^ other.First)
        + BitOperations.PopCount(Second ^ other.Second) + BitOperations.PopCount(Third ^ other.Third)
        + BitOperations.PopCount(Fourth ^ other.Fourth);

    private static PerceptualHash AboveMedian(ReadOnlySpan<float> waves)
    {
        Span<float> sorted = stackalloc float[Bits];
        waves.CopyTo(sorted);
        sorted.Sort();
        var median = sorted[Bits / 2];
        Span<ulong> words = stackalloc ulong[4];
        for (var i = 0; i < Bits; i++)
        {
            words[i / 64] |= waves[i] > median ? 1UL << (i % 64) : 0;
        }

        return new PerceptualHash(words[0], words[1], words[2], words[3]);
    }

    private static float[] MakeCosines()
    {
        var cosines = new float[Waves * Side];
        for (var wave = 0; wave < Waves; wave++)
        {
            for (var i = 0; i < Side; i++)
            {
                cosines[(wave * Side) + i] = (float)Math.Cos(Math.PI * wave * ((2 * i) + 1) / (2 * Side));
            }
        }

        return cosines;
    }
}
