using System.Diagnostics;

namespace ClipSharp.Benchmarks;

/// <summary>Sides of a comparison, measured in turn in one process, so that what else the machine does falls on all. A turn is a
/// rest, one call that is not counted, then a few that are, whose median is the turn's number. The rest is there since the
/// threads of another side go on spinning when their work is done (ONNX Runtime's, OpenMP's): whoever came next without it had
/// a core less, and one picture took twice its time.</summary>
/// <param name="Seconds">Of a call: for each side, round after round.</param>
internal sealed record Turns(IReadOnlyList<IReadOnlyList<double>> Seconds)
{
    private const int RestMilliseconds = 80;
    private const double WarmSeconds = 1; // .NET compiles anew what is called often, in the meantime

    /// <summary>Measures.</summary>
    /// <param name="rounds">In each of which every side has one turn.</param>
    /// <param name="calls">That count in a turn: about 5 of short work, 1 of long.</param>
    /// <param name="sides">The work.</param>
    public static Turns Of(int rounds, int calls, params IReadOnlyList<Action> sides)
    {
        foreach (var work in sides)
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < WarmSeconds;)
            {
                work();
            }
        }

        var seconds = sides.Select(_ => new List<double>(rounds)).ToList();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (i, work) in sides.Index())
            {
                Thread.Sleep(RestMilliseconds);
                seconds[i].Add(Spread.OfSeconds(calls, work).Median);
            }
        }

        return new Turns(seconds);
    }

    /// <summary>The seconds of a side.</summary>
    public Spread Of(int side) => Spread.Of(Seconds[side]);

    /// <summary>How many times as fast a side is as another: the ratio of each round.</summary>
    public Spread Ratio(int ours, int rival) => Spread.Of(Seconds[ours].Zip(Seconds[rival], (own, their) => their / own));
}

/// <summary>A number measured several times.</summary>
/// <param name="Median">The one in the middle.</param>
/// <param name="Least">The least.</param>
/// <param name="Most">The most.</param>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }

    /// <summary>Of times in seconds that some work took, again and again; the first time, which warms up, is left out.</summary>
    public static Spread OfSeconds(int times, Action work)
    {
        work();
        return Of(Enumerable.Range(0, times).Select(_ => Seconds(work)).ToList());
    }

    /// <summary>How long work takes.</summary>
    public static double Seconds(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }
}
