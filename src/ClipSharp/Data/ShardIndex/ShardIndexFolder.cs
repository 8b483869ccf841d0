using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards;
using ClipSharp.Files;

namespace ClipSharp.Data.ShardIndex;

/// <summary>Where the indexes of shards are kept: beside no data, which may be read-only, but in a folder of their own, a file
/// for each shard and each way of reading it. Processes of a machine share it.</summary>
internal sealed class ShardIndexFolder
{
    /// <summary>An index that nobody opened for so long is stale: its shard is gone, or is another one.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromDays(90);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly string? _folder;

    /// <param name="folder">The folder; null = <c>shard-indexes</c> in ClipSharp's cache (<see cref="UserCache"/>).</param>
    /// <param name="options">How shards are read.</param>
    /// <param name="need">What a sample must have.</param>
    public ShardIndexFolder(string? folder, DataOptions options, SampleNeed need)
    {
        _folder = folder
            ?? (UserCache.Own(Environment.GetEnvironmentVariable) is { } cache ? Path.Combine(cache, "shard-indexes") : null);
        Settings = SettingsOf(options, need);
    }

    /// <summary>Hash of all that decides what is found in a shard.</summary>
    public UInt128 Settings { get; }

    /// <summary>Where the index of a shard is; null where the user has no place for caches.</summary>
    /// <param name="shard">Its path, or its place in a store, of which the file's name tells nothing.</param>
    public string? PathOf(string shard)
    {
        if (_folder is null)
        {
            return null;
        }

        var full = ShardPlace.IsRemote(shard) ? shard : Path.GetFullPath(shard);
        var (parent, name) = ShardPlace.IsRemote(shard)
            ? (ParentOf(ShardPlace.Shown(shard)), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shard)))[..32])
            : (Path.GetDirectoryName(full)!, Path.GetFileName(full));
        return Path.Combine(_folder,
            XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(parent + '\0' + Settings.ToString("x32", null)))
                .ToString("x32", CultureInfo.InvariantCulture),
            name + ShardIndexFile.Ending);
    }

    /// <summary>Notes that an index is in use, at most once a day.</summary>
    public static void Use(string path)
    {
        try
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > Day)
            {
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that is only read is never pruned by its reader either.
        }
    }

    /// <summary>Removes what is stale, of any shard and way of reading, and what killed processes left half-written. Whoever has
    /// one of these open makes it anew.</summary>
    /// <returns>How many files, and their bytes.</returns>
    /// <exception cref="ClipException">The folder cannot be changed.</exception>
    public (long Files, long Bytes) Prune()
    {
        var (files, bytes) = (0L, 0L);
        try
        {
            var all = _folder is not null && Directory.Exists(_folder)
                ? new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories)
                : [];
            foreach (var file in all.Where(IsStale).ToList())
            {
                var length = file.Length;
                DurableStorage.DeleteFile(file.FullName);
                (files, bytes) = (files + 1, bytes + length);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.CannotCreate, "Stale indexes cannot be removed", _folder!, e.Message,
                "a folder that may be changed", "Look at its rights, or name another one by --index-cache.", e);
        }

        return (files, bytes);
    }

    // By its name, too: the folder may be one that holds other things.
    private static bool IsStale(FileInfo file) => DateTime.UtcNow - file.LastWriteTimeUtc > Stale
        && (file.Name.EndsWith(ShardIndexFile.Ending, StringComparison.Ordinal)
            || (file.Name.EndsWith(AtomicFile.PartEnding, StringComparison.Ordinal)
                && file.Name.Contains(ShardIndexFile.Ending + ".", StringComparison.Ordinal)))
        && IsFolderOfIndexes(file.Directory!.Name);

    private static bool IsFolderOfIndexes(string name) => name.Length == 32 && name.All(char.IsAsciiHexDigitLower);

    private static string ParentOf(string address) => address[..(address.LastIndexOf('/') + 1)];

    private static UInt128 SettingsOf(DataOptions options, SampleNeed need)
    {
        IEnumerable<IEnumerable<string>> settings =
        [
            [need.ToString()], options.ImageKeys, options.TextKeys, options.JsonTextKeys,
            options.JsonTextKeyProbs.Select(share => share.ToString("R", CultureInfo.InvariantCulture)),
            [options.CaptionLines.ToString()],
        ];
        return XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(
            string.Join('\x1', settings.Select(values => string.Join('\0', values)))));
    }
}
