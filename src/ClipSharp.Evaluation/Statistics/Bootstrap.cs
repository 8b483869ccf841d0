using ClipSharp.Host;

namespace ClipSharp.Evaluation.Statistics;

/// <summary>Percentile intervals by resampling (Efron 1979), for measures that are no plain share.</summary>
public static class Bootstrap
{
    /// <summary>How often is drawn anew: the ends of the interval then lie within about a tenth of its length.</summary>
    public const int Resamples = 1000;

    /// <summary>The middle 95% of a measure over sets drawn with replacement; sets without a number are left out.</summary>
    /// <param name="count">How many units there are; what belongs together (a picture and its captions) is one unit.</param>
    /// <param name="measure">The measure of a set: receives how often each unit was drawn; called by one thread.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="cancel">Stops between two sets.</param>
    public static (double Low, double High) Interval(int count, Func<int[], double> measure, long seed = 0,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(measure);
        return Middle(Values(count, [measure], seed, Resamples, cancel));
    }

    /// <summary>A measure over sets drawn with replacement, in the order of the draws, without those that are no
    /// number.</summary>
    /// <param name="count">As above.</param>
    /// <param name="measures">The same measure once for each thread that shall work; what is drawn does not depend on how
    /// many.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="resamples">How many sets.</param>
    /// <param name="cancel">Stops between two sets.</param>
    internal static double[] Values(int count, IReadOnlyList<Func<int[], double>> measures, long seed, int resamples,
        CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var values = new double[resamples];
        Parallel.For(0, measures.Count, new ParallelOptions { CancellationToken = cancel }, thread =>
        {
            var times = new int[count];
            for (var resample = thread; resample < resamples; resample += measures.Count)
            {
                cancel.ThrowIfCancellationRequested();
                Draw(times, seed, resample);
                values[resample] = measures[thread](times);
            }
        });
        return [.. values.Where(value => !double.IsNaN(value))];
    }

    /// <summary>The same measure once for each thread that this process may use.</summary>
    internal static Func<int[], double>[] ForThreads(Func<Func<int[], double>> prepare) =>
        [.. Enumerable.Range(0, Processors.Threads).Select(_ => prepare())];

    /// <summary>Draws a set: how often each unit is in it.</summary>
    internal static void Draw(int[] times, long seed, int resample)
    {
        Array.Clear(times);
        var random = new RandomStream(seed, RandomPurpose.Resampling, resample);
        for (var draw = 0; draw < times.Length; draw++)
        {
            times[random.NextInt32(times.Length)]++;
        }
    }

    /// <summary>The ends of the middle 95%; NaN of no values.</summary>
    internal static (double Low, double High) Middle(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? (double.NaN, double.NaN) : (Quantile(sorted, 0.025), Quantile(sorted, 0.975));
    }

    // Linear between the two neighbours, as numpy does by default.
    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
