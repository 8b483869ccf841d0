namespace ClipSharp.Transfer;

/// <summary>What a sender delivers of something: its bytes from one of them to the last.</summary>
/// <param name="body">The bytes; owned from now on. A read that fails throws <see cref="IOException"/>; an end that comes too
/// early does so too, where the length is not known.</param>
/// <param name="from">The first of them.</param>
/// <param name="length">Bytes of the whole; null = nobody knows.</param>
/// <param name="version">What tells this content from an other under the same name; null = nothing does.</param>
/// <param name="sender">What else ends with it, or null.</param>
public sealed class RemoteContent(Stream body, long from, long? length, string? version, IDisposable? sender = null) : IDisposable
{
    /// <summary>The bytes.</summary>
    public Stream Body => body;

    /// <summary>The first of them, from 0.</summary>
    public long From => from;

    /// <summary>Bytes of the whole; null = nobody knows.</summary>
    public long? Length => length;

    /// <summary>What tells this content from an other under the same name; null = nothing does.</summary>
    public string? Version => version;

    /// <summary>Ends the delivery, complete or not.</summary>
    public void Dispose()
    {
        body.Dispose();
        sender?.Dispose();
    }
}
