namespace ClipSharp.Transfer;

/// <summary>A fault of the network or a server that may be gone at the next try.</summary>
/// <param name="found">What was met.</param>
/// <param name="wait">How long the server asks to wait, or null.</param>
/// <param name="isUnreachable">Whether there was no connection at all.</param>
/// <param name="inner">The cause.</param>
internal sealed class PassingFault(string found, TimeSpan? wait = null, bool isUnreachable = false, Exception? inner = null)
    : IOException(found, inner)
{
    public TimeSpan? Wait => wait;

    public bool IsUnreachable => isUnreachable;
}
