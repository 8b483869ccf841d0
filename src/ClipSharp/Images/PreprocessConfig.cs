using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipSharp.Images;

/// <summary>How a picture becomes pixels: <c>preprocess_cfg</c> of open_clip's JSON. Defaults are OpenAI's.</summary>
public sealed record PreprocessConfig
{
    /// <summary>The largest <see cref="Size"/>.</summary>
    public const int MaxSize = 4096;

    private Dictionary<string, string>? _unknownWords;

    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>H × W, pixels; 0 = the model's own.</summary>
    public Extent Size { get; set; }

    /// <summary>Mean of R, G, B on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Mean { get; set; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Standard deviation of R, G, B on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Std { get; set; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>Bicubic or bilinear.</summary>
    [JsonIgnore]
    public ResampleFilter Interpolation { get; set; } = ResampleFilter.Bicubic;

    /// <summary>How a picture of other proportions gets the model's.</summary>
    [JsonIgnore]
    public ResizeMode ResizeMode { get; set; }

    /// <summary>"RGB".</summary>
    public string Mode { get; set; } = "RGB";

    /// <summary>Grey level of the padding, 0 to 255.</summary>
    public int FillColor { get; set; }

    /// <summary>What clear parts of a picture lie on; not <see cref="Background.Random"/>.</summary>
    [JsonIgnore]
    public Background Background { get; set; }

    /// <summary>Short side the picture is resized to before H × W are cut from its middle, no less than either; 0 = H × W is as
    /// large as fits in. Only with <see cref="ResizeMode.Shortest"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ResizeSize { get; set; }

    /// <summary>Whose bytes are wanted. Null: OpenAI's where <see cref="Background"/> is <see cref="Background.Drop"/>, else
    /// ClipSharp's.</summary>
    [JsonIgnore]
    public Compat? Compat { get; set; }

    /// <summary>Whether pictures are turned as their EXIF orientation says; no reference does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Exif { get; set; }

    /// <summary><see cref="Compat"/>, never null.</summary>
    [JsonIgnore]
    internal Compat CompatOrDefault => Compat ?? (Background == Background.Drop ? Images.Compat.OpenAI : Images.Compat.ClipSharp);

    // The choices as JSON spells them. A word that is none is kept for Validated, which tells it with all else.

    [JsonInclude, JsonPropertyName("interpolation")]
    internal string InterpolationWord
    {
        get => Spelling.Of(Interpolation);
        set => Interpolation = Read("interpolation", value, Interpolation);
    }

    [JsonInclude, JsonPropertyName("resize_mode")]
    internal string ResizeModeWord
    {
        get => Spelling.Of(ResizeMode);
        set => ResizeMode = Read("resize_mode", value, ResizeMode);
    }

    [JsonInclude, JsonPropertyName("background")]
    internal string BackgroundWord
    {
        get => Spelling.Of(Background);
        set => Background = Read("background", value, Background);
    }

    [JsonInclude, JsonPropertyName("compat"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal string? CompatWord
    {
        get => Spelling.Of(Compat);
        set => Compat = value is null ? null : Read("compat", value, default(Compat));
    }

    /// <summary>Itself, if every value is one this version knows.</summary>
    /// <param name="where">For the message: the file or flag it came from.</param>
    /// <exception cref="ClipException">Values are unknown or out of range; all of them are listed.</exception>
    public PreprocessConfig Validated(string where)
    {
        var faults = new ConfigFaults();
        Check(faults, "");
        faults.ThrowIfAny(where, ClipError.Config, "The preprocessing has values that are not supported",
            "Compare with the config the weights came with.");
        return this;
    }

    /// <summary>Notes what does not hold.</summary>
    /// <param name="faults">Gets it.</param>
    /// <param name="within">Before each member's name.</param>
    internal void Check(ConfigFaults faults, string within)
    {
        Require("size", Size == 0 || (Size.Shorter >= 1 && Size.Longer <= MaxSize), $"{Size}", $"0, or 1 to {MaxSize} a side");
        Require("mean", Mean is { Count: 3 } && Mean.All(double.IsFinite), Text(Mean), "three finite numbers");
        Require("std", Std is { Count: 3 } && Std.All(value => value > 0 && double.IsFinite(value)), Text(Std), "three above 0");
        Choice("interpolation", Interpolation, ResampleFilter.Bicubic, ResampleFilter.Bilinear);
        Choice("resize_mode", ResizeMode, ResizeMode.Shortest, ResizeMode.Longest, ResizeMode.Squash);
        Require("mode", Mode == "RGB", Mode, "RGB");
        Require("fill_color", FillColor is >= 0 and <= 255, $"{FillColor}", "0 to 255");
        Choice("background", Background, Background.Drop, Background.White, Background.Black);
        Choice("compat", CompatOrDefault, Images.Compat.OpenAI, Images.Compat.HuggingFace, Images.Compat.ClipSharp);
        Require("resize_size",
            ResizeSize == 0 || (ResizeSize >= Size.Longer && ResizeSize <= MaxSize && ResizeMode == ResizeMode.Shortest),
            $"{ResizeSize}", $"0, or {Size.Longer} to {MaxSize} with resize_mode shortest");

        void Choice<T>(string name, T value, params T[] known)
            where T : struct, Enum
        {
            var word = _unknownWords?.GetValueOrDefault(name);
            Require(name, word is null && known.Contains(value), word ?? Spelling.Of(value),
                Spelling.List([.. known.Select(choice => Spelling.Of(choice))]));
        }

        void Require(string name, bool holds, string found, string expected) =>
            faults.Require(holds, within + name, found, expected);

        static string Text(IReadOnlyList<double> values) =>
            values is null ? "null" : string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }

    private T Read<T>(string name, string? word, T otherwise)
        where T : struct, Enum
    {
        if (Spelling.Find<T>(word) is { } choice)
        {
            return choice;
        }

        (_unknownWords ??= [])[name] = word ?? "null";
        return otherwise;
    }

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
