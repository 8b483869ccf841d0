using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Shards.Caching;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Opens the index of a shard, and makes it where there is none that fits. Thread-safe.</summary>
/// <param name="folder">Where indexes are kept.</param>
/// <param name="options">How shards are read.</param>
/// <param name="need">What a sample must have beside its picture.</param>
internal sealed class ShardIndexer(ShardIndexFolder folder, DataOptions options, SampleNeed need)
{
    private const int MaxNotes = 100;

    /// <summary>How shards are opened.</summary>
    public ShardAccess Access { get; } = new(options);

    /// <summary>A shard's index, if there is one that holds.</summary>
    /// <param name="shard">Its path, address or command.</param>
    /// <param name="verify">Whether the records are read against their hash, too, and what has no version is fetched.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public IndexedShard? TryOpen(string shard, bool verify, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var path = folder.PathOf(shard);
        if (path is null || ShardIndexFile.TryOpen(path) is not var (header, tail) || header.Settings != folder.Settings
            || Unchanged(shard, header, tail, verify, cancel) is not { } file
            || (verify && ShardIndexFile.TryReadRecords(path, header) is null))
        {
            return null;
        }

        ShardIndexFolder.Use(path);
        return new IndexedShard(file, header, tail, path, Records: null, ShardIndexOrigin.Kept);
    }

    /// <summary>Reads a shard and keeps what it finds.</summary>
    /// <param name="shard">Its path, address or command.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public IndexedShard Make(string shard, CancellationToken cancel)
    {
        var path = folder.PathOf(shard);
        var origin = File.Exists(path) ? ShardIndexOrigin.Anew : ShardIndexOrigin.New;
        var (file, samples) = new WebDatasetSource([shard], options, Access).ReadShard(shard, cancel);
        var (records, losses, notes) = (new List<ShardRecord>(samples.Count), new List<ShardLoss>(), new List<string>());
        var (captions, repaired) = (0L, 0L);
        var fingerprint = new SampleFingerprint();
        foreach (var sample in samples)
        {
            if (sample.Note is not null)
            {
                if (notes.Count < MaxNotes)
                {
                    notes.Add(sample.Note);
                }
            }
            else if (LossOf(sample) is { } skip)
            {
                losses.Add(new ShardLoss(skip.Reason, skip.Key, skip.Detail));
            }
            else
            {
                if (records.Count == 0)
                {
                    fingerprint.Begin(sample.File);
                }

                fingerprint.Add(sample);
                records.Add(RecordOf(sample));
                captions += sample.Captions.Count;
                repaired += sample.HasRepairedText ? 1 : 0;
            }
        }

        var found = CollectionsMarshal.AsSpan(records);
        var stored = file.Shard is { State: var state, Hash: var hash }
            ? new StoredShard(state.Length, state.Version, state.Modified, hash)
            : null;
        var tail = new ShardIndexTail(losses, notes, stored);
        var tailBytes = tail.ToBytes();
        var header = new ShardIndexHeader
        {
            Settings = folder.Settings,
            ShardLength = file.Length,
            ShardModified = file.Modified.Ticks,
            Samples = records.Count,
            Captions = captions,
            RepairedTexts = repaired,
            TailLength = tailBytes.Length,
            RecordsHash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(found)),
            TailHash = XxHash128.HashToUInt128(tailBytes),
            Fingerprint = fingerprint.Take(),
        };
        var fault = path is null ? "there is no place for caches (HOME, XDG_CACHE_HOME, CLIPSHARP_CACHE)" : null;
        var isRead = file.Modified != default && !losses.Exists(loss => MayPass(loss, stored));
        if (path is not null && isRead)
        {
            fault = TryWrite(path, header, found, tailBytes);
        }

        var isKept = path is not null && isRead && fault is null;
        return new IndexedShard(file, header, tail, isKept ? path : null, isKept ? null : [.. records], origin, fault);
    }

    // What may be whole the next time; a command that broke off tells so by its tar alone.
    private static bool MayPass(ShardLoss loss, StoredShard? stored) => loss.Reason == SkipReason.ReadFailed
        || (stored is { Version: null } && loss.Reason is SkipReason.TruncatedShard or SkipReason.CorruptShard
            or SkipReason.NotAShard);

    private static string? TryWrite(string path, ShardIndexHeader header, ReadOnlySpan<ShardRecord> records, byte[] tail)
    {
        try
        {
            ShardIndexFile.Write(path, header, records, tail);
            return null;
        }
        catch (ClipException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    // A place that records cannot name is a loss of its own.
    private Skip? LossOf(SourceSample sample) => SampleVerdict.Of(sample, need) ?? (sample.PieceEnd <= ShardRecord.LongestShard
        ? null
        : new Skip(SkipReason.TooLarge, sample.File.Path, sample.Key, "it lies beyond 2 TiB in its shard"));

    private static ShardRecord RecordOf(SourceSample sample) => new(
        (uint)(sample.PieceStart / ShardRecord.BlockSize),
        (uint)((sample.PieceEnd - sample.PieceStart + ShardRecord.BlockSize - 1) / ShardRecord.BlockSize),
        sample.Captions.Count > 0 ? CaptionHash.Of(sample.Captions[0]) : 0);

    // The shard, if it is still what its index is of: by what is told of it, so that nothing is fetched or unpacked.
    private SampleFile? Unchanged(
        string shard, ShardIndexHeader header, ShardIndexTail tail, bool verify, CancellationToken cancel)
    {
        if (tail.Stored is not { } stored)
        {
            return !ShardPlace.IsRemote(shard) && FileNow(shard) is { } plain
                && header.ShardLength == plain.Length && header.ShardModified == plain.Modified.Ticks ? plain : null;
        }

        var place = ShardPlace.IsRemote(shard) ? shard : Path.GetFullPath(shard);
        try
        {
            var now = ShardAccess.Look(place, cancel);
            if (now.Length != stored.Length || now.Version != stored.Version)
            {
                return null;
            }

            // What has no version shows when it is fetched: its hash is another one then.
            if (verify && now.Version is null)
            {
                using var open = Access.Open(place, cancel);
                return open.File.Shard?.Hash == stored.Hash ? open.File : null;
            }

            return new CachedShard(Access, place, now, header.ShardLength, stored.Hash).ToFile();
        }
        catch (Exception e) when (e is ClipException or IOException or UnauthorizedAccessException or InvalidDataException
            or MissingShard)
        {
            return null; // whoever reads it then tells why it cannot be read
        }
    }

    private static SampleFile? FileNow(string shard)
    {
        try
        {
            return SampleFile.Of(shard, Path.GetFileName(shard));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
