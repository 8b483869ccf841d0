using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex.Pieces;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Files.Reading;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Samples of tar shards, found by indexes on the disk: of a sample not more than 16 bytes are ever in memory, and of
/// most none. Immutable, thread-safe.</summary>
internal sealed class ShardSet : ISequentialSet
{
    private const int MostNotes = 100;
    private const int MostOfRun = 256 << 20;

    private readonly IReadOnlyList<IndexedShard> _shards;
    private readonly ShardPlaces _places;
    private readonly DataOptions _options;
    private readonly SampleNeed _need;
    private readonly PieceParser _parser;
    private readonly ShardAccess _access;

    private ShardSet(IReadOnlyList<IndexedShard> shards, IReadOnlyList<string> missing, ShardIndexer indexer, DataOptions options,
        SampleNeed need)
    {
        (_shards, _options, _need, _access) = (shards, options, need, indexer.Access);
        _places = new ShardPlaces(shards, new RecordCache(shards, indexer));
        _parser = new PieceParser(options);
        CaptionCount = shards.Sum(shard => shard.Header.Captions);
        RepairedTexts = shards.Sum(shard => shard.Header.RepairedTexts);
        foreach (var path in missing)
        {
            Skips.Add(new Skip(SkipReason.MissingShard, path, "", ""));
        }

        foreach (var shard in shards)
        {
            foreach (var loss in shard.Tail.Losses)
            {
                Skips.Add(new Skip(loss.Reason, shard.File.Path, loss.Key, loss.Detail));
            }
        }

        Notes = [.. shards.SelectMany(shard => shard.Tail.Notes.Select(note => $"{shard.File.Path}: {note}")).Take(MostNotes),
            .. NotesOfIndexes(shards)];
        Fingerprint = FingerprintOf(shards);
        FetchedParts = shards.Any(shard => shard.File.Shard is not null) ? [.. shards.Select(shard => shard.File.Shard)] : [];
    }

    /// <inheritdoc/>
    public long Count => _places.Starts[^1];

    /// <inheritdoc/>
    public long CaptionCount { get; }

    /// <summary>SHA-256 over the fingerprints of the shards with samples: equal data, equal fingerprint, in any
    /// folder.</summary>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public SkipReport Skips { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; }

    /// <inheritdoc/>
    public long RepairedTexts { get; }

    /// <inheritdoc/>
    public IReadOnlyList<long> PartStarts => _places.Starts;

    /// <inheritdoc/>
    public IReadOnlyList<long> SourceStarts => [0, Count];

    /// <inheritdoc/>
    public IReadOnlyList<CachedShard?> FetchedParts { get; }

    /// <summary>What came into the cache of shards.</summary>
    public (long Shards, long Bytes) Brought => _access.Brought;

    /// <summary>The shards.</summary>
    public IReadOnlyList<IndexedShard> Shards => _shards;

    /// <summary>Opens the indexes of shards on all processors, then makes those that are not there or do not hold: shards of
    /// stores are fetched for that, and for nothing else.</summary>
    /// <param name="shards">Their places, in their order.</param>
    /// <param name="missing">Paths of those that lack and may.</param>
    /// <param name="options">How shards are read.</param>
    /// <param name="need">What a sample must have beside its picture.</param>
    /// <param name="folder">Where indexes are kept; null = in the user's cache.</param>
    /// <param name="verify">Whether the records of indexes are read against their hashes, too.</param>
    /// <param name="progress">Told after each shard, on the calling thread.</param>
    /// <param name="cancel">Stops it; the indexes of whole shards stay.</param>
    /// <exception cref="ClipException">A disk or a store fails (InputOutput), and the options do not say to go on.</exception>
    public static ShardSet Open(IReadOnlyList<string> shards, IReadOnlyList<string> missing, DataOptions options, SampleNeed need,
        string? folder, bool verify = false, Action<ShardIndexProgress>? progress = null, CancellationToken cancel = default)
    {
        var indexer = new ShardIndexer(new ShardIndexFolder(folder, options, need), options, need);
        var opened = new ShardOpening(indexer, shards).Open(verify, progress, cancel);
        return new ShardSet(opened, missing, indexer, options, need);
    }

    /// <inheritdoc/>
    public (string File, string Key) Place(long sample) => (_shards[_places.ShardOf(sample)].File.Path, "");

    /// <inheritdoc/>
    public ulong CaptionHash(long sample) => _places.Of(sample).Record?.CaptionHash ?? (ulong)sample;

    /// <inheritdoc/>
    public void RequireCaptions()
    {
        if (_need != SampleNeed.Caption)
        {
            throw new InvalidOperationException("Shards for training are indexed with SampleNeed.Caption.");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> Captions(CancellationToken cancel = default)
    {
        var source = new WebDatasetSource([], _options, _access);
        var files = _shards.Where(shard => shard.Header.Samples > 0).Select(shard => shard.File).ToList();
        return files.Index().SelectMany(file =>
            {
                _access.Prefetch(files.Skip(file.Index + 1).Select(next => next.Shard));
                return source.ReadShard(file.Item, cancel);
            })
            .Where(sample => sample.Note is null && SampleVerdict.Of(sample, _need) is null)
            .SelectMany(sample => sample.Captions);
    }

    /// <inheritdoc/>
    public ISampleReader OpenReader() => new ShardReader(_places, _parser);

    /// <inheritdoc/>
    public long BytesOfRun(long first, int count)
    {
        var shard = _places.ShardOf(first);
        var length = LengthOf(_shards[shard].File, _places.Records(shard, first, count));
        return length == 0 ? 0 : (long)BitOperations.RoundUpToPowerOf2((ulong)length); // what the pool hands out
    }

    /// <inheritdoc/>
    public SampleRun? ReadRun(long first, int count)
    {
        var shard = _places.ShardOf(first);
        var file = _shards[shard].File;
        var records = _places.Records(shard, first, count).ToArray();
        var length = (int)LengthOf(file, records);
        if (length == 0)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var isWhole = false;
        try
        {
            isWhole = SteadyRead.Of(file.Path, () =>
            {
                using var handle = file.Open();
                var bytes = buffer.AsSpan(0, length);
                return SteadyRead.At(handle, file.Path, bytes, records[0].Start) == length && file.IsStill(handle);
            });
            return isWhole ? new ShardRun(file, first, records, buffer, _parser) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or ClipException { Kind: ClipError.InputOutput })
        {
            return null; // whoever wants a sample of it meets the failure, and knows what to do
        }
        finally
        {
            if (!isWhole)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Of neighbours that are worth reading in one go; else 0: much of what lies between them was left out, or they are films.
    private static long LengthOf(SampleFile file, ReadOnlySpan<ShardRecord> records)
    {
        if (records.IsEmpty)
        {
            return 0;
        }

        var (length, wanted) = (Math.Min(records[^1].End, file.Length) - records[0].Start, 0L);
        foreach (var record in records)
        {
            wanted += record.End - record.Start;
        }

        var areFilms = wanted > (long)records.Length * ShardReader.MostAtOnce;
        return length <= MostOfRun && !areFilms && length <= 2 * wanted ? length : 0;
    }

    private static IEnumerable<string> NotesOfIndexes(IReadOnlyList<IndexedShard> shards)
    {
        var anew = shards.Where(shard => shard.Origin == ShardIndexOrigin.Anew).ToList();
        if (anew.Count > 0)
        {
            yield return FormattableString.Invariant(
                $"The index of {anew.Count:N0} of {shards.Count:N0} shards was damaged or of another state of the shard and was made anew; the first is {anew[0].File.Path}");
        }

        var unkept = shards.Where(shard => shard.Fault is not null).ToList();
        if (unkept.Count > 0)
        {
            yield return FormattableString.Invariant(
                $"The index of {unkept.Count:N0} shards could not be kept ({unkept[0].Fault}): it is made at each start; name a place with --index-cache");
        }
    }

    private static string FingerprintOf(IReadOnlyList<IndexedShard> shards)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var shard in shards.Where(shard => shard.Header.Samples > 0))
        {
            hash.AppendData(Convert.FromHexString(shard.Header.Fingerprint));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
