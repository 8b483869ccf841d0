namespace ClipSharp.Data.ShardIndex.Pieces;

/// <summary>A file that ends where a piece of it ends.</summary>
/// <param name="file">Seekable; it stays open.</param>
/// <param name="end">Where the piece ends.</param>
internal sealed class BoundedPiece(Stream file, long end) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Where the piece ends.</summary>
    public override long Length => end;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) =>
        file.Read(buffer[..(int)Math.Clamp(end - file.Position, 0, buffer.Length)]);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
