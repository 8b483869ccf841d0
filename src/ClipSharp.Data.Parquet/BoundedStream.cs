using ClipSharp.Files.Reading;

namespace ClipSharp.Data.Parquet;

/// <summary>An open file for a reader that tells no disk that fails from damaged content, and goes wherever damaged sizes send
/// it.</summary>
internal sealed class BoundedStream(SteadyFile file) : PositionedStream
{
    /// <summary>What the disk said, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How many bytes may be read from now on, and how often at the end: no damaged count of pages makes a reader go on
    /// for ever.</summary>
    public long Budget { get; set; } = long.MaxValue;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        if (Budget < 0)
        {
            throw new InvalidDataException("a column ends behind what is told of it");
        }

        try
        {
            var count = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            Budget -= Math.Max(1, count);
            return count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ClipException)
        {
            Failure = e;
            throw;
        }
    }

    // Done at once, so that who waits for it waits for no other thread.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
