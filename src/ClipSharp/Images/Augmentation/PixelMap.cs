namespace ClipSharp.Images.Augmentation;

/// <summary>Where each result pixel lies in the source: an affine map, in pixels from the top left corner.</summary>
/// <param name="X">Source column of the result's corner.</param>
/// <param name="Y">Source row of the result's corner.</param>
/// <param name="XByU">Source columns a result column.</param>
/// <param name="XByV">Source columns a result row.</param>
/// <param name="YByU">Source rows a result column.</param>
/// <param name="YByV">Source rows a result row.</param>
internal readonly record struct PixelMap(double X, double Y, double XByU, double XByV, double YByU, double YByV)
{
    /// <summary>Turns, bends, enlarges and moves a rectangle of the source that fills the result.</summary>
    /// <param name="left">The rectangle.</param>
    /// <param name="top">The rectangle.</param>
    /// <param name="width">The rectangle.</param>
    /// <param name="height">The rectangle.</param>
    /// <param name="size">H × W of the result.</param>
    /// <param name="config">How far at most.</param>
    /// <param name="random">Draws how far.</param>
    public static PixelMap Draw(
        double left, double top, double width, double height, Extent size, AugmentationConfig config, ref RandomStream random)
    {
        var turn = Draw(config.Rotate, ref random) * Math.PI / 180;
        var (shearX, shearY) = (Tangent(Draw(config.Shear, ref random)), Tangent(Draw(config.Shear, ref random)));
        var (shiftX, shiftY) = (Draw(config.Shift, ref random), Draw(config.Shift, ref random));
        var low = Math.Log(config.Zoom?[0] ?? 1);
        var zoom = Math.Exp(low + ((Math.Log(config.Zoom?[1] ?? 1) - low) * random.NextDouble()));

        var (sin, cos) = Math.SinCos(turn);
        var (stepX, stepY) = (width / size.Width / zoom, height / size.Height / zoom);
        var (xByU, xByV) = (stepX * (cos - (shearX * sin)), stepX * (sin + (shearX * cos)));
        var (yByU, yByV) = (stepY * ((shearY * cos) - sin), stepY * ((shearY * sin) + cos));
        var (u, v) = (size.Width * (0.5 + shiftX), size.Height * (0.5 + shiftY)); // where the rectangle's middle comes to lie
        return new PixelMap(
            left + (width / 2) - (xByU * u) - (xByV * v), top + (height / 2) - (yByU * u) - (yByV * v), xByU, xByV, yByU, yByV);
    }

    /// <summary>The map into a source that was resized.</summary>
    public PixelMap Scaled(double x, double y) => new(X * x, Y * y, XByU * x, XByV * x, YByU * y, YByV * y);

    private static double Draw(double most, ref RandomStream random) => random.NextDouble(-most, most);

    private static double Tangent(double degrees) => Math.Tan(degrees * Math.PI / 180);
}
