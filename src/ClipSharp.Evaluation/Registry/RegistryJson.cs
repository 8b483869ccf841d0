using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Evaluation.Registry;

/// <summary>Figures of several models on several sets, as <c>figures.json</c> has them.</summary>
/// <param name="Source">Where they stand.</param>
/// <param name="Models">M models, the columns.</param>
/// <param name="Rows">By the set's name M figures in per cent.</param>
internal sealed record FigureTable(string Source, IReadOnlyList<string> Models, Dictionary<string, double[]> Rows)
{
    public string? Task { get; init; }

    public string? Metric { get; init; }

    public bool Rerun { get; init; }
}

// A misspelt member is a fault here: the files are ours.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(List<BenchmarkSet>))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(List<FigureTable>))]
internal sealed partial class RegistryJson : JsonSerializerContext
{
    /// <summary>Reads one of the files that lie beside this one in the source.</summary>
    public static T Read<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using var stream = typeof(RegistryJson).Assembly.GetManifestResourceStream("Registry/" + name)!;
        return JsonSerializer.Deserialize(stream, type)!;
    }
}
