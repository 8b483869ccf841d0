using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Images;

/// <summary>How a picture becomes pixels: <c>preprocess_cfg</c> of open_clip's JSON. Defaults are OpenAI's.</summary>
public sealed record PreprocessConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>S: pixels a side; 0 = the model's own.</summary>
    [JsonConverter(typeof(SquareConverter))]
    public int Size { get; set; }

    /// <summary>Mean of R, G, B on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Mean { get; set; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Standard deviation of R, G, B on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Std { get; set; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>"bicubic" or "bilinear".</summary>
    public string Interpolation { get; set; } = "bicubic";

    /// <summary>"shortest" (short side to S, crop the middle), "longest" (long side to S, pad) or "squash".</summary>
    public string ResizeMode { get; set; } = "shortest";

    /// <summary>"RGB".</summary>
    public string Mode { get; set; } = "RGB";

    /// <summary>Grey level of the padding, 0 to 255.</summary>
    public int FillColor { get; set; }

    /// <summary>What clear parts of a picture lie on: "drop" (alpha ignored, as the reference does), "white" or "black".</summary>
    public string Background { get; set; } = "drop";

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
