using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ClipSharp.Images;

/// <summary>How training pictures are varied: <c>aug_cfg</c> of open_clip and more. Defaults are the paper's (2.4): a random
/// crop of the resized picture and nothing else. All probabilities are 0 to 1.</summary>
public sealed record AugmentationConfig
{
    private string? _unknownBackground;

    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>[smallest, largest] share of the area a crop takes; null: as small as still covers H × W, then a random
    /// crop of H × W.</summary>
    public IReadOnlyList<double>? Scale { get; set; }

    /// <summary>[smallest, largest] width to height of the crop; only with <see cref="Scale"/>.</summary>
    public IReadOnlyList<double> Ratio { get; set; } = [3.0 / 4, 4.0 / 3];

    /// <summary>Probability of a left-right mirror image. Not where captions say left or right.</summary>
    public double Flip { get; set; }

    /// <summary>Largest turn in degrees, either way.</summary>
    public double Rotate { get; set; }

    /// <summary>Largest move as a share of the side, each direction.</summary>
    public double Shift { get; set; }

    /// <summary>[smallest, largest] enlargement; below 1 shows the surroundings. Null: none.</summary>
    public IReadOnlyList<double>? Zoom { get; set; }

    /// <summary>Largest shear in degrees, each axis.</summary>
    public double Shear { get; set; }

    /// <summary>Largest change of [brightness, contrast, saturation, hue]: factors 1 ± x, hue in turns. Null: none.</summary>
    public IReadOnlyList<double>? ColorJitter { get; set; }

    /// <summary>Probability of <see cref="ColorJitter"/>.</summary>
    public double ColorJitterProb { get; set; } = 1;

    /// <summary>Probability of losing all colour.</summary>
    public double GrayScaleProb { get; set; }

    /// <summary>Probability of the negative.</summary>
    public double InvertProb { get; set; }

    /// <summary>Probability of keeping only 2 to 6 bits a channel.</summary>
    public double PosterizeProb { get; set; }

    /// <summary>Probability of a Gaussian blur with sigma 0.1 to 2 pixels.</summary>
    public double BlurProb { get; set; }

    /// <summary>Probability of Gaussian noise with deviation 2 to 20 levels.</summary>
    public double NoiseProb { get; set; }

    /// <summary>Probability of a rectangle (2 to 33 % of the area) painted over with a random colour.</summary>
    public double EraseProb { get; set; }

    /// <summary>What clear parts lie on; null: as the preprocessing says. Opaque pictures are not changed.</summary>
    [JsonIgnore]
    public Background? Background { get; set; }

    // As JSON spells it. A word that is none is kept for Validated, which tells it with all else.
    [JsonInclude, JsonPropertyName("background")]
    internal string? BackgroundWord
    {
        get => Spelling.Of(Background);
        set
        {
            Background = Spelling.Find<Background>(value);
            _unknownBackground = Background is null ? value : null;
        }
    }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Reads settings as open_clip's <c>--aug-cfg</c> spells them: <c>scale=(0.4,1)</c>, <c>flip=0.5</c>.</summary>
    /// <param name="pairs">Each a name, an equals sign and a number, a list or a word.</param>
    /// <exception cref="ClipException">A pair is malformed, its name is unknown or its value is out of range.</exception>
    public static AugmentationConfig Parse(IEnumerable<string> pairs)
    {
        var known = ImagesJson.Default.AugmentationConfig.Properties.Where(property => !property.IsExtensionData)
            .Select(property => property.Name).ToList();
        var members = new JsonObject();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals].Trim();
            if (equals < 0 || !known.Contains(name))
            {
                throw new ClipException(
                    ClipError.Usage, "An augmentation setting is not understood", "aug-cfg", pair, "name=value",
                    NearestName.Of(name, known) is { } near ? $"Did you mean {near}?" : $"Known are {string.Join(", ", known)}.");
            }

            members[name] = Value(pair[(equals + 1)..].Trim());
        }

        try
        {
            return members.Deserialize(ImagesJson.Default.AugmentationConfig)!.Validated("aug-cfg");
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Usage, "An augmentation setting has a value of the wrong kind", $"aug-cfg {e.Path}",
                members.ToJsonString(), "a number, or a list of numbers as in scale=(0.4,1)", "Correct the value.", e);
        }
    }

    /// <summary>Itself, if every value is in range.</summary>
    /// <param name="where">For the message: the file or flag it came from.</param>
    /// <exception cref="ClipException">Values are out of range; all of them are listed.</exception>
    public AugmentationConfig Validated(string where)
    {
        var faults = new ConfigFaults();
        Check(faults, "");
        faults.ThrowIfAny(where, ClipError.Config, "The augmentation is out of range", "Correct the values.");
        return this;
    }

    /// <summary>Notes what does not hold.</summary>
    /// <param name="faults">Gets it.</param>
    /// <param name="within">Before each member's name.</param>
    internal void Check(ConfigFaults faults, string within)
    {
        Require("scale", Scale is null || IsRange(Scale, double.Epsilon, 1), "[smallest, largest] above 0 and up to 1");
        Require("ratio", IsRange(Ratio, 0.01, 100), "[smallest, largest], 0.01 to 100");
        Require("zoom", Zoom is null || IsRange(Zoom, 0.1, 10), "[smallest, largest], 0.1 to 10");
        Require("rotate", Rotate is >= 0 and <= 180, "0 to 180 degrees");
        Require("shift", Shift is >= 0 and <= 1, "0 to 1");
        Require("shear", Shear is >= 0 and <= 45, "0 to 45 degrees");
        Require("color_jitter", ColorJitter is null
            || (ColorJitter.Count == 4 && ColorJitter.All(value => value is >= 0 and <= 1) && ColorJitter[3] <= 0.5),
            "[brightness, contrast, saturation, hue], 0 to 1, hue to 0.5");
        faults.Require(_unknownBackground is null && (Background is null || Enum.IsDefined(Background.Value)),
            within + "background", _unknownBackground ?? $"{Background}", Spelling.List(Spelling.Words<Background>()));
        RequireShare("flip", Flip);
        RequireShare("color_jitter_prob", ColorJitterProb);
        RequireShare("gray_scale_prob", GrayScaleProb);
        RequireShare("invert_prob", InvertProb);
        RequireShare("posterize_prob", PosterizeProb);
        RequireShare("blur_prob", BlurProb);
        RequireShare("noise_prob", NoiseProb);
        RequireShare("erase_prob", EraseProb);

        void RequireShare(string name, double value) => Require(name, value is >= 0 and <= 1, "a probability, 0 to 1");

        void Require(string name, bool holds, string expected)
        {
            if (!holds)
            {
                var members = JsonSerializer.SerializeToNode(this, ImagesJson.Default.AugmentationConfig)!;
                faults.Require(holds, within + name, members[name]?.ToJsonString() ?? "null", expected);
            }
        }

        static bool IsRange(IReadOnlyList<double>? range, double least, double most) =>
            range is { Count: 2 } && range[0] >= least && range[0] <= range[1] && range[1] <= most;
    }

    // Python spells lists (0.4, 1) and nothing None.
    private static JsonNode? Value(string text)
    {
        if (text is "None" or "null")
        {
            return null;
        }

        if (text.Length > 1 && (text[0], text[^1]) is ('(', ')') or ('[', ']'))
        {
            var items = text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return new JsonArray([.. items.Select(Value)]);
        }

        return double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : text.Trim('\'', '"');
    }
}

// "NaN" is read, so that the check of ranges can name it.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(AugmentationConfig))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class ImagesJson : JsonSerializerContext;
