using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Models;

/// <summary>The text tower: <c>text_cfg</c> of open_clip's JSON.</summary>
public sealed record TextConfig
{
    /// <summary>T: tokens of a text, start and end included.</summary>
    public int ContextLength { get; init; } = 77;

    /// <summary>Number of token ids.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>D: residual width.</summary>
    public int Width { get; init; } = 512;

    /// <summary>A: attention heads.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Hidden width of the MLP over D.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
