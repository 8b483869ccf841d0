using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Opens the index of a shard, and makes it where there is none that fits. Thread-safe.</summary>
/// <param name="folder">Where indexes are kept.</param>
/// <param name="options">How shards are read.</param>
/// <param name="need">What a sample must have beside its picture.</param>
internal sealed class ShardIndexer(ShardIndexFolder folder, DataOptions options, SampleNeed need)
{
    private const int MaxNotes = 100;

    private readonly ShardAccess _access = new(options);

    /// <summary>A shard's index.</summary>
    /// <param name="shard">Its path.</param>
    /// <param name="verify">Whether the records are read against their hash, too.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public IndexedShard Open(string shard, bool verify, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var full = Path.GetFullPath(shard);
        var path = folder.PathOf(full);
        var found = path is null ? null : ShardIndexFile.TryOpen(path);
        if (found is var (header, tail) && header.Settings == folder.Settings && Unchanged(shard, header) is { } file
            && (!verify || ShardIndexFile.TryReadRecords(path!, header) is not null))
        {
            return new IndexedShard(file, header, tail, path, Records: null, ShardIndexOrigin.Kept);
        }

        return Make(shard, path, File.Exists(path) ? ShardIndexOrigin.Anew : ShardIndexOrigin.New, cancel);
    }

    /// <summary>Reads a shard and keeps what it finds.</summary>
    /// <param name="shard">Its path.</param>
    /// <param name="path">Where the index is kept, or null.</param>
    /// <param name="origin">Why it is made.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput), and the options do not say to go on.</exception>
    public IndexedShard Make(string shard, string? path, ShardIndexOrigin origin, CancellationToken cancel)
    {
        var samples = new WebDatasetSource([shard], options).ReadShard(shard, cancel);
        var file = samples.Count > 0 ? samples[0].File : FileNow(shard) ?? Unread(shard);
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
        var tail = new ShardIndexTail(losses, notes);
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
        var isRead = !losses.Exists(loss => loss.Reason == SkipReason.ReadFailed); // else it may be the next time
        if (path is not null && isRead)
        {
            fault = TryWrite(path, header, found, tailBytes);
        }

        var isKept = path is not null && isRead && fault is null;
        return new IndexedShard(file, header, tail, isKept ? path : null, isKept ? null : [.. records], origin, fault);
    }

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

    // The shard, if it is still what its index is of; a packed one is compared unpacked.
    private SampleFile? Unchanged(string shard, ShardIndexHeader header)
    {
        if (FileNow(shard) is { } plain && IsOf(header, plain))
        {
            return plain;
        }

        try
        {
            using var open = _access.Open(shard);
            return IsOf(header, open.File) ? open.File : null;
        }
        catch (Exception e) when (e is ClipException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null; // whoever reads it then tells why it cannot be read
        }
    }

    private static bool IsOf(ShardIndexHeader header, SampleFile file) =>
        header.ShardLength == file.Length && header.ShardModified == file.Modified.Ticks;

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

    private static SampleFile Unread(string shard) => new(Path.GetFullPath(shard), Path.GetFileName(shard), 0, default);
}
