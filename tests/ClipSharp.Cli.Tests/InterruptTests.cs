using System.Runtime.InteropServices;

namespace ClipSharp.Cli.Tests;

public sealed class InterruptTests
{
    private readonly HandClock _clock = new();
    private readonly List<int> _ends = [];

    [Fact]
    public void The_first_signal_asks_and_the_second_ends_the_process_at_once()
    {
        using var interrupt = new Interrupt(reachesCommand: true, _clock, _ends.Add);
        interrupt.Receive(PosixSignal.SIGTERM);
        Assert.True(interrupt.Token.IsCancellationRequested);
        Assert.Empty(_ends);

        _clock.Seconds = 0.9;
        interrupt.Receive(PosixSignal.SIGTERM); // an echo
        Assert.Empty(_ends);

        _clock.Seconds = 1.1;
        interrupt.Receive(PosixSignal.SIGINT);
        Assert.Equal([130], _ends);
    }

    [Fact]
    public void A_command_that_cannot_be_asked_is_ended_by_the_first_signal()
    {
        using var interrupt = new Interrupt(reachesCommand: false, _clock, _ends.Add);
        interrupt.Receive(PosixSignal.SIGHUP);
        Assert.Equal([129], _ends);
    }
}
