using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ClipSharp.Files;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary><c>config.json</c> of transformers' <c>CLIPModel</c> (<c>configuration_clip.py</c>), with its defaults.</summary>
internal sealed record HuggingFaceConfig
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

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
    public int? EndToken => Text.EosTokenId is { } id and not MeansLargest ? id : null;

    /// <summary>The same model in open_clip's words.</summary>
    /// <exception cref="ClipException">It says what is not supported.</exception>
    public ModelConfig ToModel(string where)
    {
        var faults = new ConfigFaults();
        faults.Require(ModelType is "clip", $"model_type is {Shown(ModelType)} (expected \"clip\")");
        var (text, vision) = (Text, Vision);
        var (textWidth, visionWidth) = (text.HiddenSize ?? 512, vision.HiddenSize ?? 768);
        var (textHeads, visionHeads) = (text.NumAttentionHeads ?? 8, vision.NumAttentionHeads ?? 12);
        foreach (var (name, tower, width, heads) in
            new[] { ("text_config", text, textWidth, textHeads), ("vision_config", vision, visionWidth, visionHeads) })
        {
            faults.Require(tower.HiddenAct is "quick_gelu" or "gelu",
                $"{name}.hidden_act is {Shown(tower.HiddenAct)} (expected quick_gelu or gelu)");
            faults.Require(tower.LayerNormEps is 1e-5,
                FormattableString.Invariant($"{name}.layer_norm_eps = {tower.LayerNormEps} (expected 1E-05)"));
            if (faults.InRange($"{name}.hidden_size", width, 1, 32768)
                && faults.InRange($"{name}.num_attention_heads", heads, 1, width))
            {
                faults.Require(width % heads == 0, $"{name}.num_attention_heads = {heads} do not divide the width {width}");
            }
        }

        faults.Require(text.HiddenAct == vision.HiddenAct, "text_config.hidden_act and vision_config.hidden_act differ");
        faults.Require((vision.NumChannels ?? 3) == 3, $"vision_config.num_channels = {vision.NumChannels} (expected 3)");
        faults.ThrowIfAny(where);
        return new ModelConfig
        {
            EmbedDim = ProjectionDim,
            QuickGelu = text.HiddenAct == "quick_gelu",
            Vision = new VisionConfig
            {
                Layers = [vision.NumHiddenLayers ?? 12],
                ImageSize = vision.ImageSize ?? 224,
                PatchSize = vision.PatchSize ?? 32,
                Width = visionWidth,
                HeadWidth = visionWidth / visionHeads,
                MlpRatio = MlpRatio.Of(vision.IntermediateSize ?? 3072, visionWidth),
            },
            Text = new TextConfig
            {
                ContextLength = text.MaxPositionEmbeddings ?? 77,
                VocabSize = text.VocabSize ?? 49408,
                Width = textWidth,
                Heads = textHeads,
                Layers = text.NumHiddenLayers ?? 12,
                MlpRatio = MlpRatio.Of(text.IntermediateSize ?? 2048, textWidth),
            },
        }.Validated(where);
    }

    /// <summary>A ViT model in transformers' words.</summary>
    /// <param name="model">The model.</param>
    /// <param name="numbers">The number format of the weights.</param>
    /// <param name="start">The start token's id.</param>
    /// <param name="end">The end token's id.</param>
    public static HuggingFaceConfig Of(ModelConfig model, string numbers, int start, int end)
    {
        var (vision, text) = (model.Vision, model.Text);
        var activation = model.QuickGelu ? "quick_gelu" : "gelu";
        return new HuggingFaceConfig
        {
            Architectures = ["CLIPModel"],
            ModelType = "clip",
            ProjectionDim = model.EmbedDim,
            TorchDtype = numbers,
            TextConfig = new HuggingFaceTower
            {
                ModelType = "clip_text_model",
                HiddenSize = text.Width,
                IntermediateSize = text.MlpWidth,
                NumAttentionHeads = text.Heads,
                NumHiddenLayers = text.Layers,
                MaxPositionEmbeddings = text.ContextLength,
                VocabSize = text.VocabSize,
                HiddenAct = activation,
                BosTokenId = start,
                EosTokenId = end,
                PadTokenId = end,
                ProjectionDim = model.EmbedDim,
            },
            VisionConfig = new HuggingFaceTower
            {
                ModelType = "clip_vision_model",
                HiddenSize = vision.Width,
                IntermediateSize = vision.MlpWidth,
                NumAttentionHeads = vision.Heads,
                NumHiddenLayers = vision.Layers[0],
                NumChannels = 3,
                ImageSize = vision.ImageSize,
                PatchSize = vision.PatchSize,
                HiddenAct = activation,
                ProjectionDim = model.EmbedDim,
            },
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

    public string HiddenAct { get; set; } = "quick_gelu";

    public double LayerNormEps { get; set; } = 1e-5;

    public int? BosTokenId { get; set; }

    public int? EosTokenId { get; set; }

    public int? PadTokenId { get; set; }

    public int? ProjectionDim { get; set; }

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
[JsonSerializable(typeof(ShardIndex))]
internal sealed partial class HuggingFaceJson : JsonSerializerContext;
