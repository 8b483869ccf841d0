namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>A line that is rewritten in place on a terminal; elsewhere it is printed anew every ten seconds. Use from any
/// thread.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="isLive">Whether a line can be rewritten there.</param>
/// <param name="clock">The clock.</param>
/// <param name="columns">The window's width; null = the console's.</param>
/// <param name="silence">How long nothing is shown at first.</param>
internal sealed class LiveLine(
    TextWriter writer, bool isLive, TimeProvider clock, Func<int>? columns = null, TimeSpan silence = default) : IDisposable
{
    private readonly TimeSpan _interval = isLive ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(10);
    private readonly RewrittenLine _line = new(writer, columns);
    private readonly Lock _gate = new();
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _next = silence;

    /// <summary>The line's new text; left out when the last is too fresh.</summary>
    public void Update(string text) => Update(_ => text);

    /// <summary>The line's new text, made only when it is shown.</summary>
    /// <param name="text">The text after the time since the start.</param>
    public void Update(Func<TimeSpan, string> text)
    {
        lock (_gate)
        {
            var elapsed = clock.GetElapsedTime(_start);
            if (elapsed < _next)
            {
                return;
            }

            _next = elapsed + _interval;
            if (isLive)
            {
                _line.Write(text(elapsed));
            }
            else
            {
                writer.WriteLine(Styled.Plain(text(elapsed)));
            }
        }
    }

    /// <summary>A line that stays, above the live one.</summary>
    public void Say(string text)
    {
        lock (_gate)
        {
            _line.Clear();
            writer.WriteLine(Styled.Plain(text));
        }
    }

    /// <summary>Clears the live line.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _line.Clear();
        }
    }
}
