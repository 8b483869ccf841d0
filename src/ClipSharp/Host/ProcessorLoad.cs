using System.Diagnostics;

namespace ClipSharp.Host;

/// <summary>Whether other programs leave this process its processors.</summary>
internal static class ProcessorLoad
{
    private const double MostlyOwn = 0.9;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(200); // Linux counts in hundredths of a second

    /// <summary>Keeps all allowed processors busy for a moment and sees how much of them it got.</summary>
    public static bool IsIdle()
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        Parallel.For(0, Processors.Threads, new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads }, _ =>
        {
            while (clock.Elapsed < Long)
            {
                // Only the time counts.
            }
        });
        var wall = clock.Elapsed;
        process.Refresh();
        return IsMostlyOwn(process.TotalProcessorTime - before, wall, Processors.Threads);
    }

    internal static bool IsMostlyOwn(TimeSpan used, TimeSpan wall, int threads) => used >= wall * threads * MostlyOwn;
}
