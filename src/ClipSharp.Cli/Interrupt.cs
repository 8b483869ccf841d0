using System.Runtime.InteropServices;

namespace ClipSharp.Cli;

/// <summary>Ctrl-C, SIGTERM and SIGHUP. The first asks the command to stop by its token (a training run saves its state
/// first); the second ends the process at once.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly bool _reachesCommand;
    private int _signals;
    private int _number = 2;

    /// <param name="reachesCommand">False when the command takes no token: then the first signal already ends the process.</param>
    public Interrupt(bool reachesCommand)
    {
        _reachesCommand = reachesCommand;
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
                .Select(signal => PosixSignalRegistration.Create(signal, Handle)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>128 + the signal's number; 130 (as for Ctrl-C) while none came.</summary>
    public int ExitCode => 128 + _number;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        _number = context.Signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGTERM => 15, _ => 2 };
        if (Interlocked.Increment(ref _signals) > 1 || !_reachesCommand)
        {
            Environment.Exit(ExitCode);
        }

        _stop.Cancel();
    }
}
