using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex.Pieces;
using ClipSharp.Data.Shards.Caching;
using ClipSharp.Data.Sources;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Decoding;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Reads samples of shards one by one: the members of each in one go. One thread at a time.</summary>
/// <param name="places">Where they are.</param>
/// <param name="parser">From a piece to a sample.</param>
internal sealed class ShardReader(ShardPlaces places, PieceParser parser) : ISampleReader
{
    /// <summary>The longest piece that is read whole; of a longer one only what is needed is.</summary>
    public const int MostAtOnce = 16 << 20;

    private const int MostOpen = 64;
    private const string Changed = "the file changed since it was indexed";

    private readonly OpenFiles _files = new(MostOpen);
    private byte[] _buffer = [];

    /// <inheritdoc/>
    public bool TryRead(
        long sample, DecodeLimits limits, out ReadOnlySpan<byte> picture, out SampleTexts texts, out string detail)
    {
        picture = default;
        if (!TryFind(sample, out var file, out var found, out var piece, out texts, out detail))
        {
            return false;
        }

        if (!piece.IsEmpty)
        {
            picture = piece.Slice((int)found.PictureOffset, (int)Math.Min(found.PictureLength, limits.MaxFileBytes + 1L)).Span;
            return true;
        }

        var length = -1;
        Func<int> fill = () => _files.Read(file, handle => Fill(handle, file, found, limits));
        return Tried(() => (length = SteadyRead.Of(file.Path, fill)) >= 0, ref detail) && Take(out picture, length);
    }

    /// <inheritdoc/>
    public bool TryReadTexts(long sample, out SampleTexts texts, out string detail) =>
        TryFind(sample, out _, out _, out _, out texts, out detail);

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private bool Take(out ReadOnlySpan<byte> picture, int length)
    {
        picture = _buffer.AsSpan(0, length);
        return true;
    }

    // The sample, and its piece with the picture's offset in it; an empty piece where it is too long to be read whole.
    private bool TryFind(long sample, out SampleFile file, out SourceSample found, out ReadOnlyMemory<byte> piece,
        out SampleTexts texts, out string detail)
    {
        var (shard, place) = places.Of(sample);
        file = shard.File;
        (piece, texts, detail) = (default, default, Changed);
        SourceSample? read = null;
        if (place is not { } record)
        {
            found = null!;
            return false;
        }

        var shardFile = file;
        var length = Math.Min(record.End, file.Length) - record.Start;
        if (!Tried(() => (read = length <= MostAtOnce ? ReadWhole(shardFile, record, (int)length)
            : ReadTexts(shardFile, record, length)) is not null, ref detail))
        {
            found = null!;
            return false;
        }

        found = read!;
        texts = PieceParser.TextsOf(found);
        if (length <= MostAtOnce)
        {
            piece = _buffer.AsMemory(0, (int)length);
            found = found with { PictureOffset = found.PictureOffset - record.Start };
        }

        detail = "";
        return true;
    }

    private static bool Tried(Func<bool> read, ref string detail)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            detail = e.Message + (e.InnerException is ChangedShard ? "; data index reads it again" : "");
            return false;
        }
    }

    private SourceSample? ReadWhole(SampleFile file, ShardRecord record, int length) =>
        SteadyRead.Of(file.Path, () => _files.Read(file, handle =>
        {
            Reserve(length);
            var count = SteadyRead.At(handle, file.Path, _buffer.AsSpan(0, length), record.Start);
            return count == length && file.IsStill(handle); // asked afterwards, so that a change meanwhile is seen
        })) ? parser.Parse(_buffer.AsMemory(0, length), record.Start, file) : null;

    // Headers and texts of a long piece, its pictures and films unread.
    private SourceSample? ReadTexts(SampleFile file, ShardRecord record, long length)
    {
        using var stream = new SteadyFile(file.Path, file.Open);
        if (!file.IsStill(stream.Handle))
        {
            return null;
        }

        using var piece = new BoundedPiece(stream, record.Start + length);
        return parser.Parse(piece, record.Start, file);
    }

    // How many bytes of the picture the buffer holds then; -1 when the file is another one now.
    private int Fill(SafeFileHandle handle, SampleFile file, SourceSample found, DecodeLimits limits)
    {
        var length = PictureFile.Worth(handle, file.Path, found.PictureOffset, found.PictureLength, limits);
        Reserve(length);
        var count = SteadyRead.At(handle, file.Path, _buffer.AsSpan(0, length), found.PictureOffset);
        return count == length && file.IsStill(handle) ? length : -1;
    }

    private void Reserve(int length)
    {
        if (_buffer.Length < length)
        {
            var twice = (int)Math.Min(2L * _buffer.Length, Array.MaxLength);
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, twice));
        }
    }
}
