namespace ClipSharp.Data.ShardIndex.Pieces;

/// <summary>A piece of a file at the file's own positions, ending where the piece ends; before it there is nothing to
/// read.</summary>
/// <param name="bytes">The piece.</param>
/// <param name="start">Its first byte's position.</param>
internal sealed class PieceStream(ReadOnlyMemory<byte> bytes, long start) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Where the piece ends.</summary>
    public override long Length => start + bytes.Length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var within = Position - start;
        if (within < 0 || within >= bytes.Length)
        {
            return 0;
        }

        var count = Math.Min(buffer.Length, bytes.Length - (int)within);
        bytes.Span.Slice((int)within, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
