namespace ClipSharp.Training.Ranks;

/// <summary>Ends all processes where one hangs, or where a library of collectives has found out by itself that something is
/// wrong: such a library waits for ever, and nobody else would notice.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>The exit code of a run that was taken for hung: what fails now may succeed later (EX_TEMPFAIL).</summary>
    public const int HungCode = 75;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Timer _timer;
    private int _hasBarked;

    /// <param name="state">What is in flight or ended last, and since when.</param>
    /// <param name="patience">How long that may be; negative = for ever.</param>
    /// <param name="tell">Gets the reason.</param>
    /// <param name="abort">Ends all processes with a code.</param>
    /// <param name="code">The code of a hang.</param>
    /// <param name="failure">What the library has found out, each failure once; null = it finds out nothing.</param>
    public Watchdog(Func<(string What, bool IsInFlight, TimeSpan For)> state, Func<TimeSpan> patience, Action<string> tell,
        Action<int> abort, int code, Func<ClipException?>? failure = null)
    {
        _timer = new Timer(_ =>
        {
            if (failure?.Invoke() is { } failed)
            {
                Bark(failed.Message, (int)failed.Kind);
                return;
            }

            var (most, now) = (patience(), state());
            if (most >= TimeSpan.Zero && now.For > most)
            {
                var what = now.IsInFlight ? $"waited for others in {now.What}" : $"nothing was said to others after {now.What}";
                Bark(FormattableString.Invariant($"hung: {what} for {now.For.TotalSeconds:0} s, expected at most ")
                    + FormattableString.Invariant($"{most.TotalSeconds:0} s; go on with --resume latest, or allow more by --watchdog-minutes."),
                    code);
            }
        }, null, Second, Second);

        void Bark(string why, int with)
        {
            if (Interlocked.Exchange(ref _hasBarked, 1) == 0)
            {
                tell(why);
                abort(with);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
