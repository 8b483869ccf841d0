using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using ClipSharp.Images;

namespace ClipSharp.Models.Towers;

/// <summary>A Vision Transformer that open_clip takes from timm by its name (<c>vision_transformer.py</c> there). The name tells
/// its sizes, its activation and what stands before and behind its blocks.</summary>
internal sealed partial record TimmTrunk
{
    // width, blocks, heads, ratio of the perceptron
    private static readonly Dictionary<string, (int Width, int Layers, int Heads, double MlpRatio)> Sizes = new()
    {
        ["tiny"] = (192, 12, 3, 4),
        ["small"] = (384, 12, 6, 4),
        ["medium"] = (512, 12, 8, 4),
        ["betwixt"] = (640, 12, 10, 4),
        ["base"] = (768, 12, 12, 4),
        ["large"] = (1024, 24, 16, 4),
        ["huge"] = (1280, 32, 16, 4),
        ["so400m"] = (1152, 27, 16, 3.7362),
        ["giant"] = (1408, 40, 16, 48.0 / 11),
        ["giantopt"] = (1536, 40, 16, 4),
        ["gigantic"] = (1664, 48, 16, 64.0 / 13),
    };

    private const double SigLipEpsilon = 1e-6, ClipEpsilon = 1e-5;

    /// <summary>D.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>A.</summary>
    public required int Heads { get; init; }

    /// <summary>Hidden width of the perceptron over D.</summary>
    public required double MlpRatio { get; init; }

    /// <summary>P.</summary>
    public required int Patch { get; init; }

    /// <summary>Whether it is of CLIP's kind (class token, norm before the blocks, no bias of patches), not of
    /// SigLIP's.</summary>
    public required bool IsClip { get; init; }

    /// <summary>Of all norms.</summary>
    public double Epsilon => IsClip ? ClipEpsilon : SigLipEpsilon;

    /// <summary>The perceptron's.</summary>
    public required Activation Activation { get; init; }

    /// <summary>The trunk of a name.</summary>
    /// <returns>Null where the name is none of the plain Vision Transformers'.</returns>
    public static TimmTrunk? Find(string name)
    {
        if (Name().Match(name) is not { Success: true } match || !Sizes.TryGetValue(match.Groups["size"].Value, out var size))
        {
            return null;
        }

        var kind = match.Groups["kind"].Value;
        var patch = int.Parse(match.Groups["patch"].Value, CultureInfo.InvariantCulture);
        return new TimmTrunk
        {
            Width = size.Width,
            Layers = size.Layers,
            Heads = size.Heads,
            MlpRatio = size.MlpRatio,
            Patch = patch,
            IsClip = kind.StartsWith("clip", StringComparison.Ordinal),
            Activation = kind == "clip_quickgelu" ? Activation.QuickGelu
                : kind.StartsWith("siglip", StringComparison.Ordinal)
                    && IsTanh(match.Groups["size"].Value, patch, match.Groups["image"].Value)
                ? Activation.TanhGelu
                : Activation.Gelu,
        };
    }

    /// <summary>The names of SigLIP's trunks with a patch and a picture.</summary>
    public static IEnumerable<string> SiglipNames(int patch, int image) =>
        Sizes.Keys.Select(size => $"vit_{size}_patch{patch}_siglip_{image}");

    // Of the models of SigLIP's makers some names are of the exact GELU, some of the approximation, as timm registers them.
    private static bool IsTanh(string size, int patch, string image) =>
        (size, patch, image) is ("base", 32, _) or ("large", 16, "512") or ("so400m", 16, _) or ("giantopt", _, _);

    [GeneratedRegex(
        @"^vit_(?<size>[a-z0-9]+)_patch(?<patch>[0-9]{1,3})_(?<kind>siglip(_gap)?|clip(_quickgelu)?)_(?<image>[0-9]{1,4})$")]
    private static partial Regex Name();
}

/// <summary><c>timm_model_kwargs</c>: what a configuration changes of the trunk that it names.</summary>
public sealed record TimmArguments
{
    /// <summary>H × W.</summary>
    public Extent? ImgSize { get; set; }

    /// <summary>P.</summary>
    public int? PatchSize { get; set; }

    /// <summary>D.</summary>
    public int? EmbedDim { get; set; }

    /// <summary>Blocks.</summary>
    public int? Depth { get; set; }

    /// <summary>A.</summary>
    public int? NumHeads { get; set; }

    /// <summary>Hidden width of the perceptron over D.</summary>
    public double? MlpRatio { get; set; }

    /// <summary>Members this version does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
