using System.Text.Json.Nodes;

namespace ClipSharp.Models.Presets;

/// <summary>What <c>presets.json</c> holds: open_clip's models (its folder <c>model_configs</c>) and small ones of our own, a
/// line each. A line names what it is <c>of</c>, parts or other models, and the members that are otherwise. Of the models that
/// are not computed here those members are recorded that are not supported, and nothing else.</summary>
internal static class PresetTable
{
    // Around the members that a refused model is recorded with: what a configuration cannot do without.
    private const string Frame = """{"embed_dim":512,"vision_cfg":{"patch_size":16},"text_cfg":{}}""";

    private static readonly JsonObject Table = Read();

    /// <summary>The models that are computed, in the order of the file: a base before what is made of it.</summary>
    public static IReadOnlyList<string> Models { get; } = NamesOf("models");

    /// <summary>Those that are not.</summary>
    public static IReadOnlyList<string> Refused { get; } = NamesOf("refused");

    /// <summary>The configuration of a model of either list, as open_clip's JSON.</summary>
    public static byte[] Json(string name)
    {
        var model = Section("models").ContainsKey(name)
            ? Resolved(name)
            : Merged((JsonObject)JsonNode.Parse(Frame)!, Resolved(name));
        return System.Text.Encoding.UTF8.GetBytes(model.ToJsonString());
    }

    private static JsonObject Resolved(string name)
    {
        var line = (JsonObject)Line(name).DeepClone();
        var bases = line["of"] as JsonArray ?? [];
        line.Remove("of");
        return Merged(bases.Select(part => Resolved(part!.GetValue<string>())).Aggregate(new JsonObject(), Merged), line);
    }

    private static JsonNode Line(string name) =>
        Section("models")[name] ?? Section("parts")[name] ?? Section("refused")[name] ?? throw new ArgumentException(name);

    private static JsonObject Merged(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            target[name] = value is JsonObject inner ? Merged(target[name] as JsonObject ?? [], inner) : value?.DeepClone();
        }

        return target;
    }

    private static JsonObject Section(string name) => (JsonObject)Table[name]!;

    private static string[] NamesOf(string section) => [.. Section(section).Select(line => line.Key)];

    private static JsonObject Read()
    {
        using var stream = typeof(PresetTable).Assembly.GetManifestResourceStream("presets.json")!;
        return (JsonObject)JsonNode.Parse(stream)!;
    }
}
