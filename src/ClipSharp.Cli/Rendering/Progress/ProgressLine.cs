using System.Globalization;
using ClipSharp.Files;

namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>How far long work is, with rate and time left, on a live line; nothing for work under two seconds. Report from any
/// thread.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="isLive">Whether a line can be rewritten there.</param>
/// <param name="clock">The clock.</param>
/// <param name="what">The verb: "Embedding".</param>
/// <param name="unit">What is counted: "images".</param>
/// <param name="total">How many there are, or null.</param>
/// <param name="columns">The window's width; null = the console's.</param>
internal sealed class ProgressLine(
    TextWriter writer, bool isLive, TimeProvider clock, string what, string unit, long? total, Func<int>? columns = null)
    : IProgress<long>, IDisposable
{
    private readonly LiveLine _line = new(writer, isLive, clock, columns, silence: TimeSpan.FromSeconds(2));

    /// <summary>So many are done.</summary>
    public void Report(long value) => _line.Update(elapsed => Describe(value, elapsed));

    /// <summary>Clears the live line.</summary>
    public void Dispose() => _line.Dispose();

    private string Describe(long done, TimeSpan elapsed)
    {
        var rate = done / elapsed.TotalSeconds;
        var count = total is { } all ? $"{Count(done)} of {Count(all)}" : Count(done);
        var left = total is { } whole && rate > 0 ? $", {TimeLeft.Of(TimeSpan.FromSeconds((whole - done) / rate))} left" : "";
        return $"{what}: {count} {unit}, {Rate(rate)}/s{left}";
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double rate) => rate.ToString(rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
