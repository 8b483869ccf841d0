namespace ClipSharp.Evaluation.Statistics;

/// <summary>Percentile intervals by resampling (Efron 1979), for measures that are no plain share.</summary>
public static class Bootstrap
{
    /// <summary>How often is drawn anew: the ends of the interval then lie within about a tenth of its length.</summary>
    public const int Resamples = 1000;

    private const double Rounding = 1e-9; // by which means of equal shares may differ

    /// <summary>The middle 95% of a measure over sets drawn with replacement.</summary>
    /// <param name="count">How many units there are; what belongs together (a picture and its captions) is one unit.</param>
    /// <param name="measure">The measure of a set: receives how often each unit was drawn.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="cancel">Stops between two sets.</param>
    public static (double Low, double High) Interval(int count, Func<int[], double> measure, long seed = 0,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(measure);
        var values = new double[Resamples];
        var times = new int[count];
        for (var resample = 0; resample < values.Length; resample++)
        {
            cancel.ThrowIfCancellationRequested();
            Array.Clear(times);
            var random = new RandomStream(seed, RandomPurpose.Resampling, resample);
            for (var draw = 0; draw < count; draw++)
            {
                times[random.NextInt32(count)]++;
            }

            values[resample] = measure(times);
        }

        Array.Sort(values);
        return (Quantile(values, 0.025), Quantile(values, 0.975));
    }

    /// <summary>The interval of a share. Where all units are alike, as when everything is right, every set that is drawn is too,
    /// and the bootstrap's interval would be a point that says nothing: then it is the exact one of so many units.</summary>
    /// <param name="count">As above.</param>
    /// <param name="measure">The share of a set: receives how often each unit was drawn.</param>
    /// <param name="value">The share that was measured, 0 to 1.</param>
    /// <param name="units">How many units the share is of, 1 or more.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="cancel">Stops between two sets.</param>
    internal static (double Low, double High) ShareInterval(int count, Func<int[], double> measure, double value, double units,
        long seed = 0, CancellationToken cancel = default)
    {
        var (low, high) = Interval(count, measure, seed, cancel);
        return high - low > Rounding ? (low, high) : ClopperPearson.Interval(value * units, units);
    }

    // Linear between the two neighbours, as numpy does by default.
    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
