using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Data.Shards.Caching;

/// <summary>What is written beside a shard of the cache.</summary>
/// <param name="Place">Where it is from, as it may be shown.</param>
/// <param name="Version">What the store said of it.</param>
/// <param name="Length">Bytes of the plain tar.</param>
/// <param name="Hash">XXH128 of them.</param>
internal sealed record CacheEntry(string Place, string? Version, long Length, string Hash)
{
    // What a store knows no version of is this process' own until it is received.
    private static readonly string ThisProcess = Guid.NewGuid().ToString("N");

    /// <summary>The name in the cache of a version of a place: 32 hexadecimal digits.</summary>
    /// <param name="place">The place.</param>
    /// <param name="version">What the store says of it.</param>
    /// <param name="hash">Where it says nothing, the hash of the plain tar, once that is known.</param>
    public static string KeyOf(string place, string? version, string? hash) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{place}\n{version ?? hash ?? ThisProcess}")))[..32];
}

/// <summary>A shard of the cache that is open, so that nobody removes it.</summary>
/// <param name="Handle">The plain tar; owned by whoever got it.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Entry">What it is.</param>
internal sealed record OpenEntry(SafeFileHandle Handle, string Path, CacheEntry Entry);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CacheEntry))]
internal sealed partial class CacheJson : JsonSerializerContext;
