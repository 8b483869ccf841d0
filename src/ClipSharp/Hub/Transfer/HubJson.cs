using System.Text.Json.Serialization;

namespace ClipSharp.Hub.Transfer;

/// <summary>The hub's answer about a revision; of its many members the one that is used.</summary>
internal sealed record RevisionAnswer
{
    [JsonPropertyName("sha")]
    public required string Commit { get; set; }
}

/// <summary>An entry of the hub's answer about a tree.</summary>
internal sealed record TreeEntry
{
    public required string Type { get; set; }

    public required string Path { get; set; }

    public required string Oid { get; set; }

    public long Size { get; set; }

    public LargeFileEntry? Lfs { get; set; }
}

/// <summary>Where a large file's content stands.</summary>
internal sealed record LargeFileEntry
{
    public required string Oid { get; set; }

    public long Size { get; set; }
}

/// <summary>A tree in a cache, <c>trees/commit.json</c> (huggingface_hub, <c>_tree_cache.py</c>).</summary>
internal sealed record TreeFile
{
    public const int KnownVersion = 1;

    [JsonPropertyName("format_version")]
    public int Version { get; set; }

    [JsonPropertyName("files")]
    public required SortedDictionary<string, TreeFileEntry> Files { get; set; }
}

/// <summary>A file of a tree in a cache.</summary>
internal sealed record TreeFileEntry
{
    [JsonPropertyName("size")]
    public long Size { get; set; }

    [JsonPropertyName("blob_id")]
    public required string GitId { get; set; }

    [JsonPropertyName("lfs_sha256")]
    public string? Sha256 { get; set; }

    [JsonPropertyName("lfs_size")]
    public long? LargeSize { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(RevisionAnswer))]
[JsonSerializable(typeof(List<TreeEntry>))]
[JsonSerializable(typeof(TreeFile))]
internal sealed partial class HubJson : JsonSerializerContext;
