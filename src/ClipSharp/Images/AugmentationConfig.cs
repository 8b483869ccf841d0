using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Images;

/// <summary>How training pictures are varied: <c>aug_cfg</c> of open_clip and more. Defaults are the paper's (2.4): a random square
/// crop of the resized picture and nothing else. All probabilities are 0 to 1.</summary>
public sealed record AugmentationConfig
{
    /// <summary>[smallest, largest] share of the picture's area a crop takes; null: short side to S, then a random S × S crop.</summary>
    public IReadOnlyList<double>? Scale { get; init; }

    /// <summary>[smallest, largest] width to height of the crop; only with <see cref="Scale"/>.</summary>
    public IReadOnlyList<double> Ratio { get; init; } = [3.0 / 4, 4.0 / 3];

    /// <summary>Probability of a left-right mirror image. Not where captions say left or right.</summary>
    public double Flip { get; init; }

    /// <summary>Largest turn in degrees, either way.</summary>
    public double Rotate { get; init; }

    /// <summary>Largest move as a share of the side, each direction.</summary>
    public double Shift { get; init; }

    /// <summary>[smallest, largest] enlargement; below 1 shows the surroundings. Null: none.</summary>
    public IReadOnlyList<double>? Zoom { get; init; }

    /// <summary>Largest shear in degrees, each axis.</summary>
    public double Shear { get; init; }

    /// <summary>Largest change of [brightness, contrast, saturation, hue]: factors 1 ± x, hue in turns (0 to 0.5). Null: none.</summary>
    public IReadOnlyList<double>? ColorJitter { get; init; }

    /// <summary>Probability of <see cref="ColorJitter"/>.</summary>
    public double ColorJitterProb { get; init; } = 1;

    /// <summary>Probability of losing all colour.</summary>
    public double GrayScaleProb { get; init; }

    /// <summary>Probability of the negative.</summary>
    public double InvertProb { get; init; }

    /// <summary>Probability of keeping only 2 to 6 bits a channel.</summary>
    public double PosterizeProb { get; init; }

    /// <summary>Probability of a Gaussian blur with sigma 0.1 to 2 pixels.</summary>
    public double BlurProb { get; init; }

    /// <summary>Probability of Gaussian noise with deviation 2 to 20 levels.</summary>
    public double NoiseProb { get; init; }

    /// <summary>Probability of a rectangle (2 to 33 % of the area) painted over with a random colour.</summary>
    public double EraseProb { get; init; }

    /// <summary>What clear parts lie on: "drop", "white", "black" or "random" (a plain colour or a gradient of two, new for each
    /// picture); null: as the preprocessing says. Opaque pictures are not changed.</summary>
    public string? Background { get; init; }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
