using System.IO.Hashing;
using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Shards.Caching;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Shards;

/// <summary>A shard that was opened from the cache, by which it is found again: there, or fetched once more.</summary>
/// <param name="Access">Opens it.</param>
/// <param name="Place">Where it is from.</param>
/// <param name="State">The version that was indexed.</param>
/// <param name="Length">Bytes of the plain tar.</param>
/// <param name="Hash">XXH128 of them.</param>
internal sealed record CachedShard(ShardAccess Access, string Place, ShardState State, long Length, string Hash)
{
    /// <summary>Its name in the cache.</summary>
    public string Key { get; } = CacheEntry.KeyOf(Place, State.Version, Hash);

    /// <summary>The plain tar, open: while it is, it stays.</summary>
    /// <exception cref="FileNotFoundException">It is another one now.</exception>
    /// <exception cref="ClipException">It cannot be had (InputOutput).</exception>
    public SafeFileHandle Open() => Access.Reopen(this);

    /// <summary>As a file that an index is of.</summary>
    public SampleFile ToFile() => new(ShardPlace.Shown(Place), ShardPlace.Name(Place), Length, TimeOfVersion()) { Shard = this };

    // A time that differs for versions that differ, even where they are of one second, as the store tells it.
    private DateTime TimeOfVersion()
    {
        var second = State.Modified ?? DateTime.UnixEpoch;
        var within = (long)(XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(State.Version ?? Hash)) % TimeSpan.TicksPerSecond);
        return second.AddTicks(within - (second.Ticks % TimeSpan.TicksPerSecond));
    }
}
