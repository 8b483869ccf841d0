using System.Diagnostics;

namespace ClipSharp.Training.Ranks;

/// <summary>Which collective is in flight or ended last, and since when that is so: what the watchdog looks at.</summary>
internal sealed class LastCall
{
    private string _what = "beginning";
    private long _since = Stopwatch.GetTimestamp();
    private bool _isInFlight;

    /// <summary>What it is, and for how long that is true.</summary>
    public (string What, bool IsInFlight, TimeSpan For) State =>
        (Volatile.Read(ref _what), Volatile.Read(ref _isInFlight), Stopwatch.GetElapsedTime(Volatile.Read(ref _since)));

    /// <summary>One begins.</summary>
    /// <param name="what">What it is, for people.</param>
    public void Begin(string what)
    {
        Volatile.Write(ref _what, what);
        Touch();
        Volatile.Write(ref _isInFlight, true);
    }

    /// <summary>It has ended.</summary>
    public void End()
    {
        Volatile.Write(ref _isInFlight, false);
        Touch();
    }

    /// <summary>Begins to count the time anew.</summary>
    public void Touch() => Volatile.Write(ref _since, Stopwatch.GetTimestamp());
}
