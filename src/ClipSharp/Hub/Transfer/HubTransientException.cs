namespace ClipSharp.Hub.Transfer;

/// <summary>A fault of the network or the server that may be gone at the next try; never leaves this room.</summary>
/// <param name="found">What was met.</param>
/// <param name="wait">How long the server asks to wait, or null.</param>
/// <param name="isUnreachable">Whether there was no connection at all.</param>
/// <param name="inner">The cause.</param>
internal sealed class HubTransientException(string found, TimeSpan? wait = null, bool isUnreachable = false,
    Exception? inner = null)
    : Exception(found, inner)
{
    public TimeSpan? Wait => wait;

    public bool IsUnreachable => isUnreachable;
}
