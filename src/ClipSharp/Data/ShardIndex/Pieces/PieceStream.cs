using ClipSharp.Files.Reading;

namespace ClipSharp.Data.ShardIndex.Pieces;

/// <summary>A piece of a file at the file's own positions, ending where the piece ends; before it there is nothing to
/// read.</summary>
/// <param name="bytes">The piece.</param>
/// <param name="start">Its first byte's position.</param>
internal sealed class PieceStream(ReadOnlyMemory<byte> bytes, long start) : PositionedStream
{
    /// <summary>Where the piece ends.</summary>
    public override long Length => start + bytes.Length;

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
}
