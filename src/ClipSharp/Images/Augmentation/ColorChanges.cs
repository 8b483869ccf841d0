using System.Numerics.Tensors;

namespace ClipSharp.Images.Augmentation;

/// <summary>What a training picture's colours go through, on planes [3, H, W].</summary>
internal static class ColorChanges
{
    /// <summary>Jitter, grey, negative, fewer levels, noise, a painted rectangle; each by its own probability.</summary>
    public static void Apply(AugmentationConfig config, Span<byte> planes, Extent size, ref RandomStream random)
    {
        Recolor(config, planes, ref random);
        if (random.NextBool(config.PosterizeProb))
        {
            var bits = 2 + random.NextInt32(5);
            TensorPrimitives.BitwiseAnd(planes, (byte)(0xFF << (8 - bits)), planes);
        }

        if (random.NextBool(config.NoiseProb))
        {
            AddNoise(planes, random.NextDouble(2, 20), ref random);
        }

        if (random.NextBool(config.EraseProb))
        {
            Erase(planes, size, ref random);
        }
    }

    private static void Recolor(AugmentationConfig config, Span<byte> planes, ref RandomStream random)
    {
        var jitter = random.NextBool(config.ColorJitterProb) ? config.ColorJitter : null;
        var (grey, negative) = (random.NextBool(config.GrayScaleProb), random.NextBool(config.InvertProb));
        if (jitter is null && !grey && !negative)
        {
            return;
        }

        var matrix = new ColorMatrix();
        if (jitter is not null)
        {
            var third = planes.Length / 3;
            matrix.Brighten(Factor(jitter[0], ref random));
            matrix.Contrast(
                Factor(jitter[1], ref random),
                Mean(planes[..third]), Mean(planes[third..(2 * third)]), Mean(planes[(2 * third)..]));
            matrix.Saturate(Factor(jitter[2], ref random));
            matrix.TurnHue(random.NextDouble(-jitter[3], jitter[3]));
        }

        if (grey)
        {
            matrix.Saturate(0);
        }

        if (negative)
        {
            matrix.Invert();
        }

        matrix.Apply(planes);

        static double Factor(double change, ref RandomStream random) => random.NextDouble(1 - change, 1 + change);
    }

    private static double Mean(ReadOnlySpan<byte> plane)
    {
        long sum = 0;
        foreach (var value in plane)
        {
            sum += value;
        }

        return (double)sum / plane.Length;
    }

    // Four uniform bytes added up are near enough to a normal number; their deviation is √(4 · (256² − 1) / 12).
    private static void AddNoise(Span<byte> planes, double deviation, ref RandomStream random)
    {
        var factor = (int)(deviation / 147.8 * (1 << 16));
        foreach (ref var value in planes)
        {
            var bits = random.NextUInt32();
            var sum = (int)((bits & 255) + ((bits >> 8) & 255) + ((bits >> 16) & 255) + (bits >> 24)) - 510;
            value = (byte)Math.Clamp(value + (((sum * factor) + (1 << 15)) >> 16), 0, 255);
        }
    }

    // Random erasing (Zhong et al. 2017) with one random colour.
    private static void Erase(Span<byte> planes, Extent size, ref RandomStream random)
    {
        var box = RandomCrop.OfArea(size.Width, size.Height, [0.02, 0.33], [0.3, 3.3], ref random);
        var color = Rgb.Random(ref random);
        for (var c = 0; c < 3; c++)
        {
            var level = c == 0 ? color.Red : c == 1 ? color.Green : color.Blue;
            for (var y = box.Y; y < box.Y + box.Height; y++)
            {
                planes.Slice((((c * size.Height) + y) * size.Width) + box.X, box.Width).Fill(level);
            }
        }
    }
}
