namespace ClipSharp.Training.Ranks;

/// <summary>Ends all processes where one hangs: libraries of collectives wait for it for ever, and nobody else would
/// notice.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Timer _timer;
    private int _hasBarked;

    /// <param name="state">What is in flight or ended last, and since when.</param>
    /// <param name="patience">How long that may be; negative = for ever.</param>
    /// <param name="tell">Gets the reason.</param>
    /// <param name="abort">Ends all processes with a code.</param>
    /// <param name="code">The code.</param>
    public Watchdog(Func<(string What, bool IsInFlight, TimeSpan For)> state, Func<TimeSpan> patience, Action<string> tell,
        Action<int> abort, int code) =>
        _timer = new Timer(_ =>
        {
            var (most, now) = (patience(), state());
            if (most < TimeSpan.Zero || now.For <= most || Interlocked.Exchange(ref _hasBarked, 1) == 1)
            {
                return;
            }

            var what = now.IsInFlight ? $"waited for others in {now.What}" : $"nothing was said to others after {now.What}";
            tell(FormattableString.Invariant($"hung: {what} for {now.For.TotalSeconds:0} s, expected at most ")
                + FormattableString.Invariant($"{most.TotalSeconds:0} s; go on with --resume latest, or allow more by --watchdog-minutes."));
            abort(code);
        }, null, Second, Second);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
