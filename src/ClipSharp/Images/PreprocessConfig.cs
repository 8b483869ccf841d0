using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Images;

/// <summary>How a picture becomes pixels: <c>preprocess_cfg</c> of open_clip's JSON. Defaults are OpenAI's.</summary>
public sealed record PreprocessConfig
{
    /// <summary>The largest <see cref="Size"/>.</summary>
    public const int MaxSize = 4096;

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

    /// <summary>What clear parts of a picture lie on: "drop" (ignored, as the reference does), "white" or "black".</summary>
    public string Background { get; set; } = "drop";

    /// <summary>Side the picture is resized to before S × S are cut from its middle, S or more; 0 = S. Only with
    /// "shortest".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ResizeSize { get; set; }

    /// <summary>Whose bytes are wanted: "openai" (OpenAI and open_clip: resize in the file's own mode, then RGB), "huggingface"
    /// (RGB first, offset of the crop rounded down; 16-bit grey clips to white with both) or "clipsharp" (RGB first, 16-bit grey
    /// keeps its high byte). Null: "openai" where <see cref="Background"/> is "drop", else "clipsharp".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Compat { get; set; }

    /// <summary>Whether pictures are turned as their EXIF orientation says; no reference does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Exif { get; set; }

    /// <summary><see cref="Compat"/>, never null.</summary>
    [JsonIgnore]
    internal string CompatOrDefault => Compat ?? (Background == "drop" ? "openai" : "clipsharp");

    /// <summary><see cref="Interpolation"/> as a filter.</summary>
    [JsonIgnore]
    public ResampleFilter Filter => Interpolation == "bilinear" ? ResampleFilter.Bilinear : ResampleFilter.Bicubic;

    /// <summary>Itself, if every value is one this version knows.</summary>
    /// <param name="where">For the message: the file or flag it came from.</param>
    /// <exception cref="ClipException">A value is unknown or out of range.</exception>
    public PreprocessConfig Validated(string where)
    {
        Check("size", Size is >= 0 and <= MaxSize, $"{Size}", $"0 to {MaxSize}");
        Check("mean", Mean is { Count: 3 } && Mean.All(double.IsFinite), Text(Mean), "three finite numbers");
        Check("std", Std is { Count: 3 } && Std.All(value => value > 0 && double.IsFinite(value)), Text(Std), "three above 0");
        Check("interpolation", Interpolation is "bicubic" or "bilinear", Interpolation, "bicubic or bilinear");
        Check("resize_mode", ResizeMode is "shortest" or "longest" or "squash", ResizeMode, "shortest, longest or squash");
        Check("mode", Mode == "RGB", Mode, "RGB");
        Check("fill_color", FillColor is >= 0 and <= 255, $"{FillColor}", "0 to 255");
        Check("background", Background is "drop" or "white" or "black", Background, "drop, white or black");
        Check("compat", Compat is null or "openai" or "huggingface" or "clipsharp", $"{Compat}",
            "openai, huggingface or clipsharp");
        Check("resize_size", ResizeSize == 0 || (ResizeSize >= Size && ResizeSize <= MaxSize && ResizeMode == "shortest"),
            $"{ResizeSize}", $"0, or {Size} to {MaxSize} with resize_mode shortest");
        return this;

        void Check(string name, bool holds, string found, string expected)
        {
            if (!holds)
            {
                throw new ClipException(
                    ClipError.Config, $"The preprocessing has a {name} that is not supported", where, found, expected,
                    "Compare with the config the weights came with.");
            }
        }

        static string Text(IReadOnlyList<double> values) =>
            values is null ? "null" : string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
