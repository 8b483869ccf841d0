using System.Globalization;
using ClipSharp.Files;

namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>How far long work is, with rate and time left: a live line on a terminal, elsewhere a line every ten seconds;
/// nothing for work under two seconds. Report from any thread.</summary>
internal sealed class ProgressLine : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly TextWriter _writer;
    private readonly bool _isLive;
    private readonly TimeProvider _clock;
    private readonly string _what;
    private readonly string _unit;
    private readonly long? _total;
    private readonly long _start;
    private readonly TimeSpan _interval;
    private readonly Lock _lock = new();
    private readonly RewrittenLine _line;
    private TimeSpan _next = Silence;

    /// <param name="writer">Where to write.</param>
    /// <param name="isLive">Whether a line can be rewritten there.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="what">The verb: "Embedding".</param>
    /// <param name="unit">What is counted: "images".</param>
    /// <param name="total">How many there are, or null.</param>
    /// <param name="columns">The window's width; null = the console's.</param>
    public ProgressLine(TextWriter writer, bool isLive, TimeProvider clock, string what, string unit, long? total,
        Func<int>? columns = null)
    {
        _line = new RewrittenLine(writer, columns);
        (_writer, _isLive, _clock, _what, _unit, _total) = (writer, isLive, clock, what, unit, total);
        _interval = isLive ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(10);
        _start = clock.GetTimestamp();
    }

    /// <summary>So many are done.</summary>
    public void Report(long value)
    {
        lock (_lock)
        {
            var elapsed = _clock.GetElapsedTime(_start);
            if (elapsed < _next)
            {
                return;
            }

            _next = elapsed + _interval;
            if (_isLive)
            {
                _line.Write(Describe(value, elapsed));
            }
            else
            {
                _writer.WriteLine(Describe(value, elapsed));
            }
        }
    }

    /// <summary>Clears the live line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _line.Clear();
        }
    }

    private string Describe(long done, TimeSpan elapsed)
    {
        var rate = done / elapsed.TotalSeconds;
        var count = _total is { } total ? $"{Count(done)} of {Count(total)}" : Count(done);
        var left = _total is { } all && rate > 0 ? $", {TimeLeft.Of(TimeSpan.FromSeconds((all - done) / rate))} left" : "";
        return $"{_what}: {count} {_unit}, {Rate(rate)}/s{left}";
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double rate) => rate.ToString(rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
