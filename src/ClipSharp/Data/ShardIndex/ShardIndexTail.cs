using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Data.Index;

namespace ClipSharp.Data.ShardIndex;

/// <summary>What else reading a shard has shown.</summary>
/// <param name="Losses">What was left out; the file is the shard.</param>
/// <param name="Notes">Remarks that are no losses.</param>
/// <param name="Stored">What its store said of the shard; null where it is a plain file.</param>
internal sealed record ShardIndexTail(IReadOnlyList<ShardLoss> Losses, IReadOnlyList<string> Notes, StoredShard? Stored = null)
{
    /// <summary>Nothing.</summary>
    public static ShardIndexTail None { get; } = new([], []);

    /// <summary>As bytes; none where there is nothing.</summary>
    public byte[] ToBytes() => Losses.Count + Notes.Count == 0 && Stored is null ? []
        : JsonSerializer.SerializeToUtf8Bytes(this, ShardIndexJson.Default.ShardIndexTail);

    /// <summary>What these bytes say; null where they are damaged.</summary>
    public static ShardIndexTail? Parse(ReadOnlySpan<byte> bytes, UInt128 hash)
    {
        if (XxHash128.HashToUInt128(bytes) != hash)
        {
            return null;
        }

        try
        {
            return bytes.IsEmpty ? None : JsonSerializer.Deserialize(bytes, ShardIndexJson.Default.ShardIndexTail);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What is known of a shard that is read from the cache.</summary>
/// <param name="Length">Bytes in the store; null = it does not say.</param>
/// <param name="Version">Its version there; null = it has none.</param>
/// <param name="Modified">Time of the last change, UTC; null = it does not say.</param>
/// <param name="Hash">XXH128 of the plain tar.</param>
internal sealed record StoredShard(long? Length, string? Version, DateTime? Modified, string Hash);

/// <summary>A loss of a shard.</summary>
internal sealed record ShardLoss(SkipReason Reason, string Key, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ShardIndexTail))]
internal sealed partial class ShardIndexJson : JsonSerializerContext;
