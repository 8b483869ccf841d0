namespace ClipSharp.Transfer;

/// <summary>What stands in for the clock where senders that fail are tried.</summary>
/// <param name="Delay">Gets each pause, and need not make it.</param>
/// <param name="Patience">How long a sender may be silent.</param>
internal sealed record TransferTrial(Func<TimeSpan, CancellationToken, Task> Delay, TimeSpan Patience)
{
    private static readonly TransferTrial Usual = new(Task.Delay, Transfer.Patience.Usual);
    private static readonly AsyncLocal<TransferTrial?> OfFlow = new();

    /// <summary>That of the current flow of work: the real clock outside trials.</summary>
    public static TransferTrial Current
    {
        get => OfFlow.Value ?? Usual;
        set => OfFlow.Value = value;
    }
}
