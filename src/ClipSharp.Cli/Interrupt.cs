using System.Runtime.InteropServices;

namespace ClipSharp.Cli;

/// <summary>Ctrl-C, SIGTERM and SIGHUP; on Linux SIGUSR1 too, which batch systems send some time before the end. The first asks
/// the command to stop by its token (a training run saves its state first); a second one ends the process at once. What comes
/// within a second of the first is the same wish: shells and batch systems signal the process and its group, which is one process
/// twice.</summary>
internal sealed class Interrupt : IDisposable
{
    private const PosixSignal SigUsr1 = (PosixSignal)10; // a raw number, of Linux

    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly bool _reachesCommand;
    private readonly TimeProvider _clock;
    private readonly Action<int> _end;
    private readonly Lock _gate = new();
    private long? _first;
    private int _number = 2;

    /// <param name="reachesCommand">False when the command takes no token: then the first signal already ends the
    /// process.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="end">Ends the process with an exit code.</param>
    public Interrupt(bool reachesCommand, TimeProvider clock, Action<int> end)
    {
        (_reachesCommand, _clock, _end) = (reachesCommand, clock, end);
        _registrations =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP,
                .. OperatingSystem.IsLinux() ? [SigUsr1] : (PosixSignal[])[]])
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Receive(context.Signal);
            })),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>128 + the signal's number; 130 (as for Ctrl-C) while none came.</summary>
    public int ExitCode => 128 + _number;

    /// <summary>A signal has come.</summary>
    public void Receive(PosixSignal signal)
    {
        _number = signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGTERM => 15, SigUsr1 => 10, _ => 2 };
        bool isFirst;
        lock (_gate)
        {
            isFirst = _first is null;
            _first ??= _clock.GetTimestamp();
        }

        if (!_reachesCommand || (!isFirst && _clock.GetElapsedTime(_first.Value) > Echo))
        {
            _end(ExitCode);
        }

        if (isFirst)
        {
            _stop.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }
}
