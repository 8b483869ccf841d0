using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Images;
using ClipSharp.Models.Towers;

namespace ClipSharp.Models;

/// <summary>The image tower: <c>vision_cfg</c> of open_clip's JSON. A ViT has <see cref="Layers"/> with one number,
/// a ModifiedResNet four. Where it names a trunk of timm's, that name decides sizes and form: reading sets
/// <see cref="Layers"/>, <see cref="PatchSize"/>, <see cref="Width"/>, <see cref="HeadWidth"/> and <see cref="MlpRatio"/> by
/// it.</summary>
public sealed record VisionConfig : IJsonOnDeserialized
{
    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    private const int ResNetStride = 32;

    /// <summary>Blocks of the ViT, or blocks of each of the ResNet's four stages.</summary>
    [JsonConverter(typeof(LayersConverter))]
    public IReadOnlyList<int> Layers { get; set; } = [12];

    /// <summary>H × W: pixels of a picture; a ResNet's are square.</summary>
    public Extent ImageSize { get; set; } = 224;

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

    /// <summary>Where the factors of what a block adds start; null = there are none.</summary>
    public double? LsInitValue { get; set; }

    /// <summary>Whether a ViT lacks the norm before its blocks.</summary>
    public bool? NoLnPre { get; set; }

    /// <summary>"learnable" (absent too) or "sin_cos_2d": fixed waves, which are stored like learnt ones.</summary>
    public string? PosEmbedType { get; set; }

    /// <summary>"tok" (absent too): the class token; "avg": the mean of the patches.</summary>
    public string? PoolType { get; set; }

    /// <summary>Whether the last norm stands behind the pooling.</summary>
    public bool? FinalLnAfterPool { get; set; }

    /// <summary>Of the activation.</summary>
    public ActivationArguments? ActKwargs { get; set; }

    /// <summary>Of every norm.</summary>
    public NormArguments? NormKwargs { get; set; }

    /// <summary>The trunk of timm's, such as "vit_base_patch16_siglip_224"; null = open_clip's own.</summary>
    public string? TimmModelName { get; set; }

    /// <summary>Of a trunk of timm's: "map", "avg" or "token"; absent = "avg".</summary>
    public string? TimmPool { get; set; }

    /// <summary>Behind a trunk of timm's: "linear" (absent too), "none", or empty for the trunk's own head.</summary>
    [JsonConverter(typeof(NullAsEmptyConverter))]
    public string? TimmProj { get; set; }

    /// <summary>Whether the linear projection behind a trunk of timm's has a bias.</summary>
    public bool? TimmProjBias { get; set; }

    /// <summary>What is otherwise in the trunk than its name says.</summary>
    public TimmArguments? TimmModelKwargs { get; set; }

    /// <summary>Hidden width of the ViT's MLP.</summary>
    [JsonIgnore]
    public int MlpWidth => (int)(Width * MlpRatio);

    /// <summary>The grid that the tower sees: patches, or cells of the attention pool. What is left over at the right and below
    /// is not seen.</summary>
    [JsonIgnore]
    public Extent Grid => new(ImageSize.Height / Cell, ImageSize.Width / Cell);

    private int Cell => PatchSize is { } patch && !IsResNet ? patch : ResNetStride;

    /// <summary>Whether this is a ModifiedResNet.</summary>
    [JsonIgnore]
    public bool IsResNet => Layers.Count == 4;

    /// <summary>A: heads of a ViT's attention, or of a ResNet's attention pool.</summary>
    [JsonIgnore]
    public int Heads => HeadWidth == 0 ? 0 : FeatureWidth / HeadWidth; // 0: not known, as ModelInspection shows it

    /// <summary>Width of the features that the tower projects to E: D of a ViT, 32 times the first stage's of a ResNet.</summary>
    [JsonIgnore]
    public int FeatureWidth => IsResNet ? Width * ResNetStride : Width;

    /// <summary>Whether a ViT has a class token before its patches.</summary>
    [JsonIgnore]
    public bool HasClassToken => Trunk is not { IsClip: false };

    /// <summary>Whether a norm stands before a ViT's blocks.</summary>
    [JsonIgnore]
    public bool HasNormBefore => Trunk?.IsClip ?? NoLnPre is not true;

    /// <summary>Whether patches are projected with a bias.</summary>
    [JsonIgnore]
    public bool HasPatchBias => Trunk is { IsClip: false };

    /// <summary>Whether positions are fixed waves, which are not trained.</summary>
    [JsonIgnore]
    public bool HasFixedPositions => PosEmbedType == SinCos;

    /// <summary>How a ViT's tokens become one vector.</summary>
    [JsonIgnore]
    public ImagePooling Pooling => (Trunk is null ? PoolType ?? "tok" : TimmPool ?? "avg") switch
    {
        "map" => ImagePooling.Attention,
        "avg" => ImagePooling.Average,
        _ => ImagePooling.ClassToken,
    };

    /// <summary>How a ViT's feature comes into the joint space.</summary>
    [JsonIgnore]
    public ProjectionKind Projection => Trunk is null ? ProjectionKind.Matrix : TimmProj switch
    {
        "none" => ProjectionKind.None,
        null or "linear" when TimmProjBias is not true => ProjectionKind.Matrix,
        _ => ProjectionKind.Biased,
    };

    internal TimmTrunk? Trunk => TimmModelName is { Length: > 0 } name ? TimmTrunk.Find(name) : null;

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    private const string SinCos = "sin_cos_2d";

    private string? _contradicted; // see ContradictionOf

    void IJsonOnDeserialized.OnDeserialized() => FillFromTrunk();

    /// <summary>The same with the sizes that its trunk's name tells.</summary>
    internal VisionConfig WithTrunk()
    {
        var filled = this with { };
        filled.FillFromTrunk();
        return filled;
    }

    private void FillFromTrunk()
    {
        if (Trunk is { } trunk)
        {
            var said = this with { };
            var heads = TimmModelKwargs?.NumHeads ?? trunk.Heads;
            Layers = [TimmModelKwargs?.Depth ?? trunk.Layers];
            PatchSize = TimmModelKwargs?.PatchSize ?? trunk.Patch;
            Width = TimmModelKwargs?.EmbedDim ?? trunk.Width;
            HeadWidth = heads > 0 ? Width / heads : 0;
            MlpRatio = TimmModelKwargs?.MlpRatio ?? trunk.MlpRatio;
            _contradicted = said.ContradictionOf(this);
        }
    }

    // What is said of sizes beside a trunk that has others: the trunk would overrule it in silence, as it does in open_clip.
    private string? ContradictionOf(VisionConfig trunk)
    {
        var unsaid = new VisionConfig();
        return !Layers.SequenceEqual(unsaid.Layers) && !Layers.SequenceEqual(trunk.Layers)
                ? $"layers = {string.Join(", ", Layers)}"
            : Differs(PatchSize, unsaid.PatchSize, trunk.PatchSize) ? $"patch_size = {PatchSize}"
            : Differs(Width, unsaid.Width, trunk.Width) ? $"width = {Width}"
            : Differs(HeadWidth, unsaid.HeadWidth, trunk.HeadWidth) ? $"head_width = {HeadWidth}"
            : Differs(MlpRatio, unsaid.MlpRatio, trunk.MlpRatio) ? FormattableString.Invariant($"mlp_ratio = {MlpRatio}")
            : null;

        static bool Differs(double? said, double? unsaid, double? trunk) => said != unsaid && said != trunk;
    }

    internal BlockStack Blocks(bool quickGelu) => new(Layers[0], Width, Heads, MlpWidth,
        Trunk?.Activation ?? ActivationArguments.Apply(ActKwargs, quickGelu), Trunk?.Epsilon ?? NormKwargs?.Eps ?? 1e-5,
        LsInitValue, IsCausal: false);

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
        var isNamedElsewhere = TimmModelName is { Length: > 0 } && Trunk is null; // by a trunk that is refused
        faults.Require(IsResNet || PatchSize is not null || isNamedElsewhere, "vision_cfg.patch_size is missing");
        var cell = IsResNet ? ResNetStride : PatchSize ?? 1;
        if (faults.InRange("vision_cfg.patch_size", cell, 1, 1024)
            && faults.InRange("vision_cfg.image_size", ImageSize.Height, cell, 8192)
            && faults.InRange("vision_cfg.image_size", ImageSize.Width, cell, 8192))
        {
            faults.Require(!IsResNet || ImageSize.IsSquare,
                $"vision_cfg.image_size = {ImageSize} is no square, which a ResNet's pictures are");
            faults.Require(!IsResNet || ImageSize.Height % cell == 0,
                $"vision_cfg.image_size = {ImageSize} is no multiple of {cell}");
        }

        CheckForm(faults);

        if (faults.InRange("vision_cfg.width", Width, IsResNet ? 2 : 1, IsResNet ? 1024 : 32768)
            && faults.InRange("vision_cfg.head_width", HeadWidth, 1, FeatureWidth))
        {
            faults.Require(!IsResNet || Width % 2 == 0, $"vision_cfg.width = {Width} is odd: the stem halves it");
            faults.Require(FeatureWidth % Heads == 0,
                $"vision_cfg.head_width = {HeadWidth} gives {Heads} heads, which do not divide {FeatureWidth}");
            faults.Require(MlpWidth >= 1, "vision_cfg.mlp_ratio leaves the MLP no width");
        }
    }

    private void CheckForm(ConfigFaults faults)
    {
        ActKwargs?.Check(faults, "vision_cfg.act_kwargs");
        NormKwargs?.Check(faults, "vision_cfg.norm_kwargs");
        faults.InRange("vision_cfg.ls_init_value", LsInitValue ?? 0, -1, 1);
        if (TimmModelName is { Length: > 0 } name)
        {
            CheckTrunk(faults, name);
            return;
        }

        OneOf(faults, "pos_embed_type", PosEmbedType, "learnable", SinCos);
        faults.Require(!HasFixedPositions || ImageSize.IsSquare,
            $"vision_cfg.pos_embed_type is \"{SinCos}\", which is of squares, and image_size is {ImageSize}");
        OneOf(faults, "pool_type", PoolType, "tok", "avg");
        var isPlain = NoLnPre is not true && PoolType is null or "tok" && FinalLnAfterPool is not true && LsInitValue is null
            && ActKwargs is null && NormKwargs is null && PosEmbedType is null or "learnable";
        faults.Require(!IsResNet || isPlain, "vision_cfg has members of a ViT, and its four layers make a ResNet");
    }

    private void CheckTrunk(ConfigFaults faults, string name)
    {
        if (Trunk is null)
        {
            faults.AddUnsupported("vision_cfg.timm_model_name", name);
            return;
        }

        faults.Require(_contradicted is null,
            $"vision_cfg.{_contradicted} is not the trunk's: timm_model_kwargs changes it (embed_dim, depth, num_heads, patch_size, mlp_ratio)");
        OneOf(faults, "timm_pool", TimmPool, "map", "avg", "token");
        OneOf(faults, "timm_proj", TimmProj, "linear", "none", "");
        faults.Require(Pooling != ImagePooling.ClassToken || HasClassToken,
            $"vision_cfg.timm_pool is \"token\", and {name} has no class token");
        faults.Require(TimmProj is not "" || Pooling != ImagePooling.Attention,
            "vision_cfg.timm_proj is null behind timm_pool \"map\": that head is not supported");
        faults.Require(LsInitValue is null && ActKwargs is null && NormKwargs is null && NoLnPre is null && PoolType is null
            && FinalLnAfterPool is null && PosEmbedType is null,
            "vision_cfg has members of open_clip's own tower beside a timm_model_name");
        foreach (var member in TimmModelKwargs?.Unknown?.Keys ?? Enumerable.Empty<string>())
        {
            faults.AddUnsupported($"vision_cfg.timm_model_kwargs.{member}");
        }

        faults.Require(TimmModelKwargs?.ImgSize is null || TimmModelKwargs.ImgSize == ImageSize,
            $"vision_cfg.timm_model_kwargs.img_size = {TimmModelKwargs?.ImgSize} is not the image_size {ImageSize}");
    }

    private static void OneOf(ConfigFaults faults, string member, string? value, params string[] supported) =>
        faults.RequireSupported(value is null || supported.Contains(value), "vision_cfg." + member, value);
}
