using System.Collections.Concurrent;
using System.Text.Json;
using ClipSharp.Files;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Shards.Caching;

/// <summary>A folder of plain tars of limited size, which several processes may share. A shard is a <c>.tar</c> with its
/// <c>.json</c>, whose time is that of the last use; whoever reads one has it open, and what is open is never removed.</summary>
/// <param name="folder">The folder; made when missing.</param>
/// <param name="limit">How many bytes it holds; beyond that only what is being read or fetched.</param>
internal sealed class CacheFolder(string folder, long limit)
{
    private const int BufferLength = 1 << 20;
    private const string TarEnding = ".tar";
    private const string NoteEnding = ".json";
    private const string PartEnding = ".part";
    private const string PlainEnding = ".plain";

    private readonly ConcurrentDictionary<string, string> _verified = new(); // hashes by key, of this process
    private long _brought, _bytesBrought;

    /// <summary>Where it is.</summary>
    public string FolderPath => folder;

    /// <summary>How many bytes it holds.</summary>
    public long Limit => limit;

    /// <summary>What came into it by this.</summary>
    public (long Shards, long Bytes) Brought => (Interlocked.Read(ref _brought), Interlocked.Read(ref _bytesBrought));

    /// <summary>What has been received of a shard.</summary>
    public string Part(string key) => PathOf(key, PartEnding);

    /// <summary>What has been unpacked of a shard.</summary>
    public string Plain(string key) => PathOf(key, PlainEnding);

    /// <summary>Held while a shard is fetched, or what is left of fetching it is removed. One lock serves many shards, so that
    /// their number stays small: a lock file is never removed.</summary>
    public string Lock(string key) => Path.Combine(folder, "locks", key[..2] + ".lock");

    /// <summary>Opens a shard if it is there and whole: its length always, its hash where this process did not see it
    /// written.</summary>
    public OpenEntry? TryOpen(string key)
    {
        var path = PathOf(key, TarEnding);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var entry = JsonFile.Read(PathOf(key, NoteEnding), CacheJson.Default.CacheEntry);
            // Read: others read too, and nobody can have it for himself to remove it.
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (RandomAccess.GetLength(handle) == entry.Length && HashOf(key, handle) == entry.Hash)
            {
                File.SetLastWriteTimeUtc(PathOf(key, NoteEnding), DateTime.UtcNow);
                return new OpenEntry(handle, path, entry);
            }

            handle.Dispose();
            TryRemove(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ClipException)
        {
            // Removed meanwhile, or not to be read: it is fetched.
        }

        return null;
    }

    /// <summary>Makes a file a shard of the cache, at once or not at all.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="written">The plain tar, on the disk for good.</param>
    /// <param name="entry">What it is.</param>
    /// <returns>It, open: nobody has removed it yet.</returns>
    public OpenEntry Publish(string key, string written, CacheEntry entry)
    {
        var handle = File.OpenHandle(written, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        AtomicFile.Write(PathOf(key, NoteEnding), stream =>
            JsonSerializer.Serialize(stream, entry, CacheJson.Default.CacheEntry));
        DurableStorage.MoveFile(written, PathOf(key, TarEnding));
        DurableStorage.SyncFolder(folder);
        _verified[key] = entry.Hash;
        Interlocked.Increment(ref _brought);
        Interlocked.Add(ref _bytesBrought, entry.Length);
        return new OpenEntry(handle, PathOf(key, TarEnding), entry);
    }

    /// <summary>Refuses a shard for which there can be no room.</summary>
    /// <param name="bytes">How long it is, as far as is known.</param>
    /// <param name="shown">Its place, for the message.</param>
    /// <exception cref="ClipException">It is larger than the cache.</exception>
    public void RequireFits(long bytes, string shown)
    {
        if (bytes > limit)
        {
            throw new ClipException(ClipError.Config, "A shard is larger than the cache of shards", shown,
                ByteSize.Fitting(bytes), $"at most {ByteSize.Fitting(limit)}", "Give it more by --shard-cache-gigabytes.");
        }
    }

    /// <summary>Removes what was not used for longest until there is room, or nothing that could be removed.</summary>
    /// <param name="bytes">How much room.</param>
    /// <param name="shown">For what, in messages.</param>
    /// <exception cref="ClipException">There can be none.</exception>
    public void MakeRoom(long bytes, string shown)
    {
        RequireFits(bytes, shown);
        var held = new DirectoryInfo(folder).EnumerateFiles().Select(Held).OfType<HeldFile>().ToList();
        var total = held.Sum(file => file.Length) + bytes;
        foreach (var file in held.OrderBy(file => file.Used))
        {
            if (total <= limit)
            {
                return;
            }

            total -= TryRemove(file.Path) ? file.Length : 0;
        }
    }

    private string PathOf(string key, string ending) => Path.Combine(folder, key + ending);

    // Null for what is none of a shard's bytes, and for what goes at this moment, as others fetch and remove too.
    private static HeldFile? Held(FileInfo file)
    {
        try
        {
            var note = Path.ChangeExtension(file.FullName, NoteEnding);
            return file.Extension is not (TarEnding or PartEnding or PlainEnding) ? null
                : new HeldFile(file.FullName, file.Length,
                    file.Extension == TarEnding && File.Exists(note) ? File.GetLastWriteTimeUtc(note) : file.LastWriteTimeUtc);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // False where somebody has it open, or is at work on it.
    private bool TryRemove(string path)
    {
        try
        {
            var isTar = Path.GetExtension(path) == TarEnding;
            using var working = isTar ? null : DurableStorage.Create(
                Lock(Path.GetFileName(path)), LockFile.Alone(FileAccess.ReadWrite));
            using (new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
            }))
            {
            }

            if (isTar)
            {
                DurableStorage.DeleteFile(Path.ChangeExtension(path, NoteEnding));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string HashOf(string key, SafeFileHandle handle)
    {
        if (_verified.TryGetValue(key, out var known))
        {
            return known;
        }

        var hash = new ShardHash();
        var buffer = new byte[BufferLength];
        var offset = 0L;
        for (int count; (count = RandomAccess.Read(handle, buffer, offset)) > 0; offset += count)
        {
            hash.Append(buffer.AsSpan(0, count));
        }

        return _verified[key] = hash.Finish();
    }

    private sealed record HeldFile(string Path, long Length, DateTime Used);
}
