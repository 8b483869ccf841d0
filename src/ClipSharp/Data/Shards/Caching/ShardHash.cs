using System.IO.Hashing;
using ClipSharp.Transfer;

namespace ClipSharp.Data.Shards.Caching;

/// <summary>The hash by which a shard in the cache is known to be whole: XXH128, against disks and not against people.</summary>
internal sealed class ShardHash : IContentHash
{
    private readonly XxHash128 _hash = new();

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.Append(bytes);

    /// <inheritdoc/>
    public void Restart() => _hash.Reset();

    /// <summary>The hash of what was appended, in hexadecimal.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());
}
