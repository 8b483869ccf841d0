using System.Collections.Concurrent;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.ShardIndex.Pieces;

/// <summary>Reads a piece of a shard by the rules by which the whole shard was read. Thread-safe.</summary>
/// <param name="options">How shards are read.</param>
internal sealed class PieceParser(DataOptions options)
{
    private readonly ConcurrentBag<WebDatasetSource> _free = []; // one serves one thread at a time

    /// <summary>What a sample is, from the bytes of its piece.</summary>
    /// <param name="piece">All of it.</param>
    /// <param name="start">Where it begins in the shard.</param>
    /// <param name="file">The shard.</param>
    /// <returns>Null where it is not what was indexed.</returns>
    public SourceSample? Parse(ReadOnlyMemory<byte> piece, long start, SampleFile file)
    {
        using var stream = new PieceStream(piece, start);
        return Parse(stream, start, file);
    }

    /// <summary>The same from a stream that ends with the piece.</summary>
    public SourceSample? Parse(Stream shard, long start, SampleFile file)
    {
        var source = _free.TryTake(out var free) ? free : new WebDatasetSource([], options);
        var sample = source.ReadPiece(shard, start, file);
        _free.Add(source);
        return sample is { PictureLength: > 0, Captions.Count: > 0 } ? sample : null;
    }

    /// <summary>What is said of it.</summary>
    public static SampleTexts TextsOf(SourceSample sample) =>
        new(sample.Key, sample.Captions.ToArray(), sample.CaptionShares.ToArray());
}
