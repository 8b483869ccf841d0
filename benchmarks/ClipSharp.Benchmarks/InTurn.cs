using System.Diagnostics;

namespace ClipSharp.Benchmarks;

/// <summary>Two sides of a ratio, measured in turn: first, second, first, second. What else the machine does falls on
/// both.</summary>
/// <param name="First">What the first gave, round after round.</param>
/// <param name="Second">The same of the second.</param>
internal sealed record InTurn<T>(IReadOnlyList<T> First, IReadOnlyList<T> Second)
{
    /// <summary>Measures both sides as often.</summary>
    public static InTurn<T> Of(int rounds, Func<T> first, Func<T> second)
    {
        var (ours, theirs) = (new List<T>(rounds), new List<T>(rounds));
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(first());
            theirs.Add(second());
        }

        return new InTurn<T>(ours, theirs);
    }

    /// <summary>The ratio of each round: the second's number over the first's.</summary>
    public Spread Ratio(Func<T, double> number) => Spread.Of(First.Zip(Second, (ours, theirs) => number(theirs) / number(ours)));
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
