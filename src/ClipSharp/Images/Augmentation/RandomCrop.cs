namespace ClipSharp.Images.Augmentation;

/// <summary>Which part of a picture a training step sees.</summary>
internal static class RandomCrop
{
    /// <summary>The paper's: any part of H × W of the picture that just covers so much (2.4).</summary>
    public static PixelBox Anywhere(int width, int height, Extent size, ref RandomStream random)
    {
        var x = random.NextInt32(width - size.Width + 1);
        return new PixelBox(x, random.NextInt32(height - size.Height + 1), size.Width, size.Height);
    }

    /// <summary>torchvision's RandomResizedCrop: a share of the area and a ratio of the sides, drawn until it fits, ten times at
    /// most; then the largest middle part with an allowed ratio.</summary>
    public static PixelBox OfArea(
        int width, int height, IReadOnlyList<double> scale, IReadOnlyList<double> ratio, ref RandomStream random)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var area = (double)width * height * random.NextDouble(scale[0], scale[1]);
            var sides = Math.Exp(random.NextDouble(Math.Log(ratio[0]), Math.Log(ratio[1])));
            var (w, h) = (Round(Math.Sqrt(area * sides)), Round(Math.Sqrt(area / sides)));
            if (w >= 1 && h >= 1 && w <= width && h <= height)
            {
                var y = random.NextInt32(height - h + 1);
                return new PixelBox(random.NextInt32(width - w + 1), y, w, h);
            }
        }

        var (middleWidth, middleHeight) = (width, height);
        if (width < ratio[0] * height)
        {
            middleHeight = Math.Clamp(Round(width / ratio[0]), 1, height);
        }
        else if (width > ratio[1] * height)
        {
            middleWidth = Math.Clamp(Round(height * ratio[1]), 1, width);
        }

        return new PixelBox((width - middleWidth) / 2, (height - middleHeight) / 2, middleWidth, middleHeight);
    }

    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.ToEven);
}
