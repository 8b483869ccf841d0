namespace ClipSharp.Cli.Rendering;

/// <summary>A line that is rewritten in place on a terminal; elsewhere it is printed anew every ten seconds. Use from any thread.</summary>
/// <param name="writer">Where to write.</param>
/// <param name="isLive">Whether a line can be rewritten there.</param>
/// <param name="clock">The clock.</param>
internal sealed class LiveLine(TextWriter writer, bool isLive, TimeProvider clock) : IDisposable
{
    private readonly TimeSpan _interval = isLive ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private long? _last;
    private int _shownLength;

    /// <summary>The line's new text; left out when the last is too fresh.</summary>
    public void Update(string text)
    {
        lock (_gate)
        {
            if (_last is { } last && clock.GetElapsedTime(last) < _interval)
            {
                return;
            }

            _last = clock.GetTimestamp();
            if (!isLive)
            {
                writer.WriteLine(text);
                return;
            }

            writer.Write('\r' + text.PadRight(_shownLength));
            _shownLength = text.Length;
        }
    }

    /// <summary>A line that stays, above the live one.</summary>
    public void Say(string text)
    {
        lock (_gate)
        {
            Dispose();
            writer.WriteLine(text);
        }
    }

    /// <summary>Clears the live line.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_shownLength > 0)
            {
                writer.Write('\r' + new string(' ', _shownLength) + '\r');
                _shownLength = 0;
            }
        }
    }
}
