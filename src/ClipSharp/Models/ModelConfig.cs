using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Models.Towers;

namespace ClipSharp.Models;

/// <summary>What a model is: open_clip's model JSON.</summary>
public sealed record ModelConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>More parameters than any published CLIP has (18 · 10⁹): such a number is a mistake or malice.</summary>
    private const double MostParameters = 4e10;

    private static readonly VisionConfig NoVision = new();

    /// <summary>E: the width of the joint space.</summary>
    public required int EmbedDim { get; init; }

    /// <summary>QuickGELU x·sigmoid(1.702x), as OpenAI's models have it, instead of exact GELU.</summary>
    public bool QuickGelu { get; set; }

    /// <summary>Where the logit scale starts in training, as its logarithm; null = ln(1 / 0.07).</summary>
    public double? InitLogitScale { get; set; }

    /// <summary>Where the logit bias of a sigmoid loss starts; null = the model has none (SigLIP: -10).</summary>
    public double? InitLogitBias { get; set; }

    /// <summary>Whether open_clip keeps the text tower in a module of its own, so that its weights' names begin with
    /// "text.".</summary>
    public bool? CustomText { get; set; }

    /// <summary>Whether logit scale and bias are stored as vectors of one number.</summary>
    public bool? NonscalarLogitScale { get; set; }

    /// <summary>The image tower. A configuration without one is refused: by what stands in its place, such as sound, where that
    /// is known.</summary>
    [JsonPropertyName("vision_cfg")]
    public VisionConfig Vision { get; set; } = NoVision;

    /// <summary>The text tower.</summary>
    [JsonPropertyName("text_cfg")]
    public required TextConfig Text { get; init; }

    /// <summary>The image tower's blocks, where it is a ViT.</summary>
    [JsonIgnore]
    public BlockStack ImageBlocks => Vision.Blocks(QuickGelu);

    /// <summary>The text tower's blocks.</summary>
    [JsonIgnore]
    public BlockStack TextBlocks => Text.Blocks(QuickGelu);

    /// <summary>Whether the towers begin, mask and project as OpenAI's do.</summary>
    internal bool HasPlainTowers
    {
        get
        {
            var isPlainViT = Vision is
            {
                HasClassToken: true, HasNormBefore: true, HasPatchBias: false, Pooling: ImagePooling.ClassToken,
                Projection: ProjectionKind.Matrix,
            };
            return (Vision.IsResNet || isPlainViT)
                && Text is { NoCausalMask: not true, EmbedCls: not true, Projection: ProjectionKind.Matrix };
        }
    }

    /// <summary>Members this version does not know: kept and written back; <see cref="UnknownMembers"/> lists those of all
    /// levels.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Reads and checks a model JSON.</summary>
    /// <exception cref="ClipException">It is absent, no such JSON, or <see cref="Validated"/> refuses it.</exception>
    public static ModelConfig Read(string path) => JsonFile.Read(path, ConfigJson.Default.ModelConfig).Validated(path);

    /// <summary>Reads and checks a model JSON in UTF-8.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">For messages.</param>
    /// <exception cref="ClipException">It is no such JSON, or <see cref="Validated"/> refuses it.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> json, string where) =>
        JsonFile.Parse(json, ConfigJson.Default.ModelConfig, where).Validated(where);

    /// <summary>The model JSON, unknown members included.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ConfigJson.Default.ModelConfig);

    /// <summary>Paths of the members that were read but mean nothing here, such as "vision_cfg.timm_pool".</summary>
    public IReadOnlyList<string> UnknownMembers() =>
    [
        .. Unknown?.Keys ?? Enumerable.Empty<string>(),
        .. (Vision.Unknown?.Keys ?? Enumerable.Empty<string>()).Select(name => "vision_cfg." + name),
        .. (Text.Unknown?.Keys ?? Enumerable.Empty<string>()).Select(name => "text_cfg." + name),
    ];

    /// <summary>Itself, when the model can be built: all numbers in range and fitting together, nothing asked that is not
    /// supported.</summary>
    /// <param name="where">For messages.</param>
    /// <exception cref="ClipException">With everything that is wrong.</exception>
    public ModelConfig Validated(string where)
    {
        var faults = new ConfigFaults();
        Check(faults);
        faults.ThrowIfAny(where);
        return this;
    }

    /// <summary>Notes what does not hold.</summary>
    internal void Check(ConfigFaults faults)
    {
        faults.InRange("embed_dim", EmbedDim, 1, 65536);
        faults.InRange("init_logit_scale", InitLogitScale ?? 0, 0, 4.6052);
        faults.InRange("init_logit_bias", InitLogitBias ?? 0, -1000, 1000);
        UnsupportedMembers.FindInModel(this, faults);
        if (!ReferenceEquals(Vision, NoVision))
        {
            Vision.Check(faults);
        }
        else if (faults.Unsupported.Count == 0)
        {
            faults.Add("vision_cfg is missing");
        }

        Text.Check(faults);
        UnsupportedMembers.FindInTowers(this, faults);
        faults.Require(!QuickGelu || (Vision.ActKwargs is null && Text.ActKwargs is null),
            "quick_gelu and act_kwargs exclude each other");
        faults.Require(Vision.IsResNet || Vision.Projection != ProjectionKind.None || Vision.Width == EmbedDim,
            $"vision_cfg has no projection, and its width {Vision.Width} is not embed_dim = {EmbedDim}");
        faults.Require(Text.Projection != ProjectionKind.None || Text.Width == EmbedDim,
            $"text_cfg has no projection, and its width {Text.Width} is not embed_dim = {EmbedDim}");
        if (faults.IsEmpty)
        {
            var parameters = StateDictShapes.Of(this)
                .Sum(entry => entry.Shape.Aggregate(1.0, (product, side) => product * side));
            faults.InRange("the number of parameters", parameters, 1, MostParameters);
        }
    }
}
