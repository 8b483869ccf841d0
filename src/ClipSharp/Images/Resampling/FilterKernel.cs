namespace ClipSharp.Images.Resampling;

/// <summary>A symmetric weight by distance in pixels, zero from <paramref name="Support"/> on.</summary>
internal readonly record struct FilterKernel(double Support, Func<double, double> Value)
{
    /// <summary>Pillow's filters, in its order of operations: the last bit counts.</summary>
    public static FilterKernel Of(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Box => new(0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        ResampleFilter.Bilinear => new(1, x => Math.Max(1 - Math.Abs(x), 0)),
        ResampleFilter.Hamming => new(1, x => Math.Abs(x) < 1 ? Sinc(x) * (0.54 + (0.46 * Math.Cos(x * Math.PI))) : 0),
        ResampleFilter.Bicubic => new(2, x => Cubic(Math.Abs(x))),
        ResampleFilter.Lanczos => new(3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "No such filter."),
    };

    /// <summary>A bell, cut at three deviations.</summary>
    public static FilterKernel Gaussian(double sigma) => new(3 * sigma, x => Math.Exp(-x * x / (2 * sigma * sigma)));

    private static double Cubic(double x)
    {
        const double A = -0.5;
        return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1 : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A : 0;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
