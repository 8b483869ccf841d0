using ClipSharp.Files.Reading;

namespace ClipSharp.Data.ShardIndex.Pieces;

/// <summary>A file that ends where a piece of it ends.</summary>
/// <param name="file">Seekable; it stays open.</param>
/// <param name="end">Where the piece ends.</param>
internal sealed class BoundedPiece(Stream file, long end) : PositionedStream
{
    /// <summary>Where the piece ends.</summary>
    public override long Length => end;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) =>
        file.Read(buffer[..(int)Math.Clamp(end - file.Position, 0, buffer.Length)]);
}
