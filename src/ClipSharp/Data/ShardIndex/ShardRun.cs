using System.Buffers;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex.Pieces;

namespace ClipSharp.Data.ShardIndex;

/// <summary>The pieces of neighbours in a shard, in memory.</summary>
/// <param name="file">The shard.</param>
/// <param name="first">The first sample's number in the set.</param>
/// <param name="records">Where the pieces are in the shard.</param>
/// <param name="buffer">From the first piece on; rented.</param>
/// <param name="parser">From a piece to a sample.</param>
internal sealed class ShardRun(
    SampleFile file, long first, ShardRecord[] records, byte[] buffer, PieceParser parser) : SampleRun
{
    private byte[]? _buffer = buffer;

    /// <inheritdoc/>
    public override bool TryGet(long sample, out ReadOnlySpan<byte> picture, out SampleTexts texts)
    {
        picture = default;
        texts = default;
        if (_buffer is not { } bytes || sample < first || sample >= first + records.Length)
        {
            return false;
        }

        var record = records[sample - first];
        var start = (int)(record.Start - records[0].Start);
        var piece = bytes.AsMemory(start, (int)(Math.Min(record.End, file.Length) - record.Start));
        if (parser.Parse(piece, record.Start, file) is not { } found)
        {
            return false; // the shard says why, read again
        }

        picture = piece.Span.Slice((int)(found.PictureOffset - record.Start), (int)found.PictureLength);
        texts = PieceParser.TextsOf(found);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
