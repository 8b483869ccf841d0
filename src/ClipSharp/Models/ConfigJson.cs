using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Models;

/// <summary>The JSON of configurations: snake case, each member once, numbers such as 224.0 taken as integers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    Converters = [typeof(IntegerConverter)])]
[JsonSerializable(typeof(FolderConfig))]
[JsonSerializable(typeof(ModelConfig))]
internal sealed partial class ConfigJson : JsonSerializerContext;

/// <summary><c>layers</c>: a number for a ViT, a list for the stages of a ResNet.</summary>
internal sealed class LayersConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return [IntegerConverter.Read(ref reader)];
        }

        var stages = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            stages.Add(IntegerConverter.Read(ref reader));
        }

        return stages;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (var stage in value)
        {
            writer.WriteNumberValue(stage);
        }

        writer.WriteEndArray();
    }
}

/// <summary>A word whose null says something else than its absence: read as the empty word, which means the same to
/// open_clip.</summary>
internal sealed class NullAsEmptyConverter : JsonConverter<string>
{
    public override bool HandleNull => true;

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() ?? string.Empty;

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (string.IsNullOrEmpty(value))
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteStringValue(value);
        }
    }
}
