using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Models;

/// <summary>The image tower: <c>vision_cfg</c> of open_clip's JSON. A ViT has <see cref="Layers"/> with one number,
/// a ModifiedResNet four.</summary>
public sealed record VisionConfig
{
    /// <summary>Blocks of the ViT, or blocks of each of the ResNet's four stages.</summary>
    [JsonConverter(typeof(LayersConverter))]
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>S: pictures are S × S pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>P: the side of a ViT's patch in pixels; a ResNet has none.</summary>
    public int? PatchSize { get; init; }

    /// <summary>D: the ViT's residual width, or the ResNet's first stage width.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Width of one attention head.</summary>
    public int HeadWidth { get; init; } = 64;

    /// <summary>Hidden width of the ViT's MLP over D.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>The share of patches left out in training (FLIP, Li et al. 2023).</summary>
    public double PatchDropout { get; init; }

    /// <summary>Whether this is a ModifiedResNet.</summary>
    [JsonIgnore]
    public bool IsResNet => Layers.Count == 4;

    /// <summary>A: heads of a ViT's attention, or of a ResNet's attention pool.</summary>
    [JsonIgnore]
    public int Heads => IsResNet ? Width * 32 / HeadWidth : Width / HeadWidth;

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary><c>layers</c> is a number for a ViT and a list of four for a ResNet.</summary>
internal sealed class LayersConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return [reader.GetInt32()];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("layers is neither a number nor a list of numbers");
        }

        var stages = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            stages.Add(reader.GetInt32());
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
