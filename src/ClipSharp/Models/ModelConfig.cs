using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Models;

/// <summary>What a model is: open_clip's model JSON.</summary>
public sealed record ModelConfig
{
    /// <summary>E: the width of the joint space.</summary>
    public required int EmbedDim { get; init; }

    /// <summary>QuickGELU x·sigmoid(1.702x), as OpenAI's models have it, instead of exact GELU.</summary>
    public bool QuickGelu { get; init; }

    /// <summary>The image tower.</summary>
    [JsonPropertyName("vision_cfg")]
    public required VisionConfig Vision { get; init; }

    /// <summary>The text tower.</summary>
    [JsonPropertyName("text_cfg")]
    public required TextConfig Text { get; init; }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
