using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary><c>model.safetensors.index.json</c> or <c>pytorch_model.bin.index.json</c>: which shard holds which tensor.</summary>
internal sealed record ShardIndex
{
    public required Dictionary<string, string> WeightMap { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Itself, when the shards are bare names of files of weights: a stranger's index must not point
    /// elsewhere.</summary>
    /// <exception cref="ClipException">One is not.</exception>
    public ShardIndex Validated(string where)
    {
        const int most = 1000;
        var shards = WeightMap.Values.ToHashSet();
        if (shards.Count is 0 or > most)
        {
            throw Bad($"{shards.Count} shards", $"1 to {most}");
        }

        var unfit = shards.Where(name => !IsBare(name)).ToList(); // a null too
        return unfit.Count == 0
            ? this
            : throw Bad($"\"{unfit[0]}\"", "bare names that end in .safetensors or .bin and are no devices");

        ClipException Bad(string found, string expected) =>
            new(ClipError.Data, "The index names no shards", where, found, expected, "Fetch the model's files again.");
    }

    private static bool IsBare(string? name) => name is { Length: > 4 and <= 255 }
        && (name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal))
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '.'
        && HubPath.FaultOf(name) is null;
}
