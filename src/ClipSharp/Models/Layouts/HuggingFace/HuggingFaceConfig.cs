using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ClipSharp.Files;
using ClipSharp.Models.Towers;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary><c>config.json</c> of transformers' <c>CLIPModel</c>, <c>MetaClip2Model</c> and <c>SiglipModel</c>
/// (<c>configuration_clip.py</c>, <c>configuration_siglip.py</c>), with their defaults.</summary>
internal sealed record HuggingFaceConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary><c>model_type</c> of <c>CLIPModel</c>.</summary>
    public const string Clip = "clip";

    /// <summary><c>model_type</c> of <c>SiglipModel</c>.</summary>
    public const string Siglip = "siglip";

    private const string MetaClip2 = "metaclip_2";

    // Files of old versions name 2, which is no end token, and mean the largest id (transformers#24773).
    private const int MeansLargest = 2;

    public IReadOnlyList<string>? Architectures { get; set; }

    public string? ModelType { get; set; }

    public int ProjectionDim { get; set; } = 512;

    public double LogitScaleInitValue { get; set; } = 2.6592;

    public double InitializerFactor { get; set; } = 1;

    public string? TorchDtype { get; set; }

    public HuggingFaceTower? TextConfig { get; set; }

    public HuggingFaceTower? VisionConfig { get; set; }

    /// <summary>Old files repeat a tower here; then this counts, and what it lacks is at its default.</summary>
    public HuggingFaceTower? TextConfigDict { get; set; }

    /// <inheritdoc cref="TextConfigDict"/>
    public HuggingFaceTower? VisionConfigDict { get; set; }

    /// <summary>Members that concern other things than the towers.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    private HuggingFaceTower Text => TextConfigDict ?? TextConfig ?? new();

    private HuggingFaceTower Vision => VisionConfigDict ?? VisionConfig ?? new();

    /// <summary>The end token's id; null for the largest.</summary>
    [JsonIgnore]
    public int? EndToken => ModelType == Clip && Text.EosTokenId is { } id and not MeansLargest ? id : null;

    /// <summary>The same model in open_clip's words.</summary>
    /// <exception cref="ClipException">It says what is not supported.</exception>
    public ModelConfig ToModel(string where)
    {
        var faults = new ConfigFaults();
        faults.Require(ModelType is Clip or MetaClip2 or Siglip,
            $"model_type is {Shown(ModelType)} (expected \"{Clip}\", \"{MetaClip2}\" or \"{Siglip}\")");
        faults.ThrowIfAny(where);
        var towers = ModelType == Siglip
            ? HuggingFaceTowers.Siglip(this, Text, Vision)
            : HuggingFaceTowers.Clip(this, Text, Vision);
        towers.Check(faults);
        faults.ThrowIfAny(where);
        return towers.ToModel().Validated(where);
    }

    /// <summary>Why transformers' models cannot say a model; null where one of them can.</summary>
    public static string? WhyNot(ModelConfig model) => KindOf(model) switch
    {
        Clip or MetaClip2 or Siglip => null,
        var reason => reason,
    };

    /// <summary>Whether transformers' <c>SiglipModel</c> says a model, not its <c>CLIPModel</c>.</summary>
    public static bool IsSiglip(ModelConfig model) => KindOf(model) == Siglip;

    /// <summary>Whether transformers' <c>CLIPModel</c> says a model.</summary>
    public static bool IsClip(ModelConfig model) => KindOf(model) == Clip;

    /// <summary>A ViT model in transformers' words.</summary>
    /// <param name="model">The model.</param>
    /// <param name="numbers">The number format of the weights.</param>
    /// <param name="start">The start token's id.</param>
    /// <param name="end">The end token's id.</param>
    public static HuggingFaceConfig Of(ModelConfig model, string numbers, int? start, int end)
    {
        var (kind, vision, text) = (KindOf(model), model.ImageBlocks, model.TextBlocks);
        var isSiglip = kind == Siglip;
        var (own, other) = (isSiglip ? (int?)null : model.EmbedDim, isSiglip ? model.EmbedDim : (int?)null);
        return new HuggingFaceConfig
        {
            Architectures = [kind switch { Siglip => "SiglipModel", MetaClip2 => "MetaClip2Model", _ => "CLIPModel" }],
            ModelType = kind,
            ProjectionDim = model.EmbedDim,
            TorchDtype = numbers,
            TextConfig = Tower(text, $"{kind}_text_model") with
            {
                MaxPositionEmbeddings = model.Text.ContextLength,
                VocabSize = model.Text.VocabSize,
                BosTokenId = start,
                EosTokenId = model.Text.Pooling == TextPooling.End ? model.Text.EosId ?? Models.TextConfig.DefaultEos : end,
                PadTokenId = model.Text.PadId ?? end,
                ProjectionDim = own,
                ProjectionSize = other,
            },
            VisionConfig = Tower(vision, $"{kind}_vision_model") with
            {
                NumChannels = 3,
                ImageSize = model.Vision.ImageSize.Height, // a square: KindOf
                PatchSize = model.Vision.PatchSize,
                ProjectionDim = own,
            },
        };
    }

    private static HuggingFaceTower Tower(BlockStack blocks, string kind) => new()
    {
        ModelType = kind,
        HiddenSize = blocks.Width,
        IntermediateSize = blocks.MlpWidth,
        NumAttentionHeads = blocks.Heads,
        NumHiddenLayers = blocks.Count,
        HiddenAct = HuggingFaceTowers.NameOf(blocks.Activation),
        LayerNormEps = blocks.Epsilon,
    };

    // The model_type that can say a model, or why none can.
    private static string KindOf(ModelConfig model)
    {
        var (vision, text) = (model.Vision, model.Text);
        if (vision.IsResNet)
        {
            return "transformers' CLIPModel has Vision Transformers only, and this image tower is a ResNet";
        }

        if (!vision.ImageSize.IsSquare)
        {
            return $"transformers' models see squares, and this model pictures of {vision.ImageSize} pixels";
        }

        if (model.ImageBlocks.LayerScale is not null || model.TextBlocks.LayerScale is not null)
        {
            return "transformers' models have no LayerScale, and this model has";
        }

        var isSiglip = vision is
        {
            HasClassToken: false, HasNormBefore: false, Pooling: ImagePooling.Attention, Projection: ProjectionKind.None,
        } && text is { NoCausalMask: true, Pooling: TextPooling.Last, Projection: ProjectionKind.Biased };
        if (isSiglip && model.InitLogitBias is not null)
        {
            return Siglip;
        }

        return model.InitLogitBias is not null
            ? "transformers' CLIPModel has no logit bias, and this model, trained by SigLIP's loss, has one"
            : !model.HasPlainTowers
            ? "transformers' CLIPModel has class token, norm before the blocks, causal mask and projections without bias, and this model's towers are otherwise"
            : text.Pooling switch
            {
                TextPooling.Largest => Clip,
                TextPooling.End => MetaClip2,
                _ => "transformers' CLIPModel reads a text at its end token, and this model at another",
            };
    }

    private static string Shown(string? value) => value is null ? "missing" : $"\"{value}\"";
}

/// <summary>A tower in <c>config.json</c>; the two kinds share most members, and defaults differ.</summary>
internal sealed record HuggingFaceTower
{
    public string? ModelType { get; set; }

    public int? HiddenSize { get; set; }

    public int? IntermediateSize { get; set; }

    public int? NumAttentionHeads { get; set; }

    public int? NumHiddenLayers { get; set; }

    public int? MaxPositionEmbeddings { get; set; }

    public int? VocabSize { get; set; }

    public int? NumChannels { get; set; }

    public int? ImageSize { get; set; }

    public int? PatchSize { get; set; }

    public string? HiddenAct { get; set; }

    public double? LayerNormEps { get; set; }

    public int? BosTokenId { get; set; }

    public int? EosTokenId { get; set; }

    public int? PadTokenId { get; set; }

    public int? ProjectionDim { get; set; }

    /// <summary>SigLIP's.</summary>
    public int? ProjectionSize { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The JSON of Hugging Face folders.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    Converters = [typeof(IntegerConverter)])]
[JsonSerializable(typeof(HuggingFaceConfig))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonArray))]
[JsonSerializable(typeof(ShardIndex))]
internal sealed partial class HuggingFaceJson : JsonSerializerContext;
