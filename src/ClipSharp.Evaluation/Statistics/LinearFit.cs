namespace ClipSharp.Evaluation.Statistics;

/// <summary>A straight line through points by least squares, such as zero-shot over probe accuracy (paper figure 8).</summary>
/// <param name="Slope">NaN where all x are the same.</param>
/// <param name="Intercept">y at x = 0.</param>
/// <param name="Correlation">Pearson's r, −1 to 1; NaN where all x or all y are the same.</param>
public readonly record struct LinearFit(double Slope, double Intercept, double Correlation)
{
    /// <summary>y at x.</summary>
    public double At(double x) => (Slope * x) + Intercept;

    /// <summary>Fits.</summary>
    /// <param name="x">[N].</param>
    /// <param name="y">[N].</param>
    public static LinearFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Of(x, y, [.. Enumerable.Repeat(1, x.Count)]);
    }

    /// <summary>Fits to sets of points drawn with replacement; those without a line are left out.</summary>
    /// <param name="x">[N].</param>
    /// <param name="y">[N].</param>
    /// <param name="seed">Of the draws.</param>
    public static IReadOnlyList<LinearFit> Resampled(IReadOnlyList<double> x, IReadOnlyList<double> y, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        var times = new int[x.Count];
        var fits = new List<LinearFit>();
        for (var resample = 0; resample < Bootstrap.Resamples; resample++)
        {
            Bootstrap.Draw(times, seed, resample);
            var fit = Of(x, y, times);
            if (double.IsFinite(fit.Slope))
            {
                fits.Add(fit);
            }
        }

        return fits;
    }

    /// <summary>The 95% interval of the slope, by <see cref="Resampled"/>.</summary>
    /// <param name="x">[N].</param>
    /// <param name="y">[N].</param>
    /// <param name="seed">Of the draws.</param>
    public static (double Low, double High) SlopeInterval(IReadOnlyList<double> x, IReadOnlyList<double> y, long seed = 0) =>
        Bootstrap.Middle([.. Resampled(x, y, seed).Select(fit => fit.Slope)]);

    private static LinearFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y, int[] times)
    {
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"{y.Count} y are not those of {x.Count} x.", nameof(y));
        }

        var (count, meanX, meanY) = ((double)times.Sum(), 0.0, 0.0);
        for (var i = 0; i < times.Length; i++)
        {
            meanX += times[i] * x[i] / count;
            meanY += times[i] * y[i] / count;
        }

        var (xx, xy, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < times.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += times[i] * dx * dx;
            xy += times[i] * dx * dy;
            yy += times[i] * dy * dy;
        }

        // Of equal numbers the mean may be off in the last bit, and a slope of that would be noise.
        var isPoint = Spread(x, times) == 0;
        var slope = isPoint ? double.NaN : xy / xx;
        return new LinearFit(slope, meanY - (slope * meanX),
            isPoint || Spread(y, times) == 0 ? double.NaN : Math.Clamp(xy / Math.Sqrt(xx * yy), -1, 1));
    }

    private static double Spread(IReadOnlyList<double> values, int[] times)
    {
        var drawn = values.Where((_, i) => times[i] > 0).DefaultIfEmpty().ToList();
        return drawn.Max() - drawn.Min();
    }
}
