using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Models;

/// <summary>The text tower: <c>text_cfg</c> of open_clip's JSON.</summary>
public sealed record TextConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>T: tokens of a text, start and end included.</summary>
    public int ContextLength { get; set; } = 77;

    /// <summary>Number of token ids.</summary>
    public int VocabSize { get; set; } = 49408;

    /// <summary>D: residual width.</summary>
    public int Width { get; set; } = 512;

    /// <summary>A: attention heads.</summary>
    public int Heads { get; set; } = 8;

    /// <summary>Blocks.</summary>
    public int Layers { get; set; } = 12;

    /// <summary>Hidden width of the MLP over D.</summary>
    public double MlpRatio { get; set; } = 4;

    /// <summary>Hidden width of the MLP.</summary>
    [JsonIgnore]
    public int MlpWidth => (int)(Width * MlpRatio);

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal void Check(ConfigFaults faults)
    {
        faults.InRange("text_cfg.context_length", ContextLength, 3, 32768);
        faults.InRange("text_cfg.vocab_size", VocabSize, 3, 1 << 24);
        faults.InRange("text_cfg.layers", Layers, 1, 256);
        faults.InRange("text_cfg.mlp_ratio", MlpRatio, 1.0 / 64, 64);
        if (faults.InRange("text_cfg.width", Width, 1, 32768) && faults.InRange("text_cfg.heads", Heads, 1, Width))
        {
            faults.Require(Width % Heads == 0, $"text_cfg.heads = {Heads} do not divide the width {Width}");
            faults.Require(MlpWidth >= 1, "text_cfg.mlp_ratio leaves the MLP no width");
        }
    }
}
