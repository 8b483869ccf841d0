using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Models;

/// <summary>The image tower: <c>vision_cfg</c> of open_clip's JSON. A ViT has <see cref="Layers"/> with one number,
/// a ModifiedResNet four.</summary>
public sealed record VisionConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    private const int ResNetStride = 32;

    /// <summary>Blocks of the ViT, or blocks of each of the ResNet's four stages.</summary>
    [JsonConverter(typeof(LayersConverter))]
    public IReadOnlyList<int> Layers { get; set; } = [12];

    /// <summary>S: pictures are S × S pixels.</summary>
    [JsonConverter(typeof(SquareConverter))]
    public int ImageSize { get; set; } = 224;

    /// <summary>P: the side of a ViT's patch in pixels; a ResNet has none.</summary>
    public int? PatchSize { get; set; }

    /// <summary>D: the ViT's residual width, or the ResNet's first stage width.</summary>
    public int Width { get; set; } = 768;

    /// <summary>Width of one attention head.</summary>
    public int HeadWidth { get; set; } = 64;

    /// <summary>Hidden width of the ViT's MLP over D.</summary>
    public double MlpRatio { get; set; } = 4;

    /// <summary>The share of patches left out in training (FLIP, Li et al. 2023).</summary>
    public double PatchDropout { get; set; }

    /// <summary>Hidden width of the ViT's MLP.</summary>
    [JsonIgnore]
    public int MlpWidth => (int)(Width * MlpRatio);

    /// <summary>G: cells a side of the grid that the tower sees, G² patches or cells of the attention pool.</summary>
    [JsonIgnore]
    public int Grid => ImageSize / (PatchSize is { } patch && !IsResNet ? patch : ResNetStride);

    /// <summary>Whether this is a ModifiedResNet.</summary>
    [JsonIgnore]
    public bool IsResNet => Layers.Count == 4;

    /// <summary>A: heads of a ViT's attention, or of a ResNet's attention pool.</summary>
    [JsonIgnore]
    public int Heads => HeadWidth == 0 ? 0 : FeatureWidth / HeadWidth; // 0: not known, as ModelInspection shows it

    /// <summary>Width of the features that the tower projects to E: D of a ViT, 32 times the first stage's of a ResNet.</summary>
    [JsonIgnore]
    public int FeatureWidth => IsResNet ? Width * ResNetStride : Width;

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    internal void Check(ConfigFaults faults)
    {
        faults.Require(Layers.Count is 1 or 4,
            $"vision_cfg.layers are {Layers.Count} (expected one number for a ViT, four for a ResNet)");
        foreach (var blocks in Layers.Take(4))
        {
            faults.InRange("vision_cfg.layers", blocks, 1, 256);
        }

        faults.InRange("vision_cfg.mlp_ratio", MlpRatio, 1.0 / 64, 64);
        faults.Require(PatchDropout is >= 0 and < 1, "vision_cfg.patch_dropout is outside 0 to below 1");
        faults.Require(IsResNet || PatchSize is not null, "vision_cfg.patch_size is missing");
        var cell = IsResNet ? ResNetStride : PatchSize ?? 1;
        if (faults.InRange("vision_cfg.patch_size", cell, 1, 1024)
            && faults.InRange("vision_cfg.image_size", ImageSize, cell, 8192))
        {
            faults.Require(ImageSize % cell == 0, $"vision_cfg.image_size = {ImageSize} is no multiple of {cell}");
        }

        if (faults.InRange("vision_cfg.width", Width, IsResNet ? 2 : 1, IsResNet ? 1024 : 32768)
            && faults.InRange("vision_cfg.head_width", HeadWidth, 1, FeatureWidth))
        {
            faults.Require(!IsResNet || Width % 2 == 0, $"vision_cfg.width = {Width} is odd: the stem halves it");
            faults.Require(FeatureWidth % Heads == 0,
                $"vision_cfg.head_width = {HeadWidth} gives {Heads} heads, which do not divide {FeatureWidth}");
            faults.Require(MlpWidth >= 1, "vision_cfg.mlp_ratio leaves the MLP no width");
        }
    }
}
