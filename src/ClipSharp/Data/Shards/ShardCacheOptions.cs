using ClipSharp.Data.Shards.Caching;
using ClipSharp.Files;

namespace ClipSharp.Data.Shards;

/// <summary>Where the cache of shards is and how large, as the options say or as fits this machine.</summary>
internal static class ShardCacheOptions
{
    private const long Usual = 64L << 30;
    private const int ShareOfRoom = 2; // half of what is free

    /// <summary>The cache.</summary>
    /// <exception cref="ClipException">There is no place for it.</exception>
    public static CacheFolder Open(DataOptions options)
    {
        var folder = Path.GetFullPath(options.ShardCache
            ?? (UserCache.Own(Environment.GetEnvironmentVariable) is { } own ? Path.Combine(own, "shards")
                : throw new ClipException(ClipError.CannotCreate, "There is no place for the cache of shards", "--shard-cache",
                    "a user without a home", "a folder", "Name one by --shard-cache.")));
        return new CacheFolder(folder, options.ShardCacheBytes ?? Math.Min(Usual, (Free(folder) + Held(folder)) / ShareOfRoom));
    }

    private static long Free(string folder)
    {
        var place = folder;
        while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { } parent)
        {
            place = parent;
        }

        return new DriveInfo(place).AvailableFreeSpace;
    }

    private static long Held(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length)
        : 0;
}
