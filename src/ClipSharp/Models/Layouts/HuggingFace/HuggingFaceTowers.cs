using ClipSharp.Models.Towers;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>Both towers of a <c>config.json</c> with what it leaves out, which each kind of model has in its own way.</summary>
internal sealed record HuggingFaceTowers
{
    private const string PytorchTanh = "gelu_pytorch_tanh";

    private static readonly Dictionary<string, Activation> Activations = new()
    {
        ["quick_gelu"] = Activation.QuickGelu,
        ["gelu"] = Activation.Gelu,
        [PytorchTanh] = Activation.TanhGelu,
    };

    private readonly HuggingFaceConfig _config;
    private readonly bool _isSiglip;
    private readonly HuggingFaceTower _text;
    private readonly HuggingFaceTower _vision;

    private HuggingFaceTowers(HuggingFaceConfig config, bool isSiglip, HuggingFaceTower text, HuggingFaceTower vision)
    {
        (_config, _isSiglip, _text, _vision) = (config, isSiglip, text, vision);
    }

    /// <summary>Of <c>CLIPModel</c> and <c>MetaClip2Model</c>.</summary>
    public static HuggingFaceTowers Clip(HuggingFaceConfig config, HuggingFaceTower text, HuggingFaceTower vision) =>
        new(config, false,
        Filled(text, "quick_gelu", 1e-5, 512, 8) with
        {
            IntermediateSize = text.IntermediateSize ?? 2048,
            VocabSize = text.VocabSize ?? 49408,
            MaxPositionEmbeddings = text.MaxPositionEmbeddings ?? 77,
        },
        Filled(vision, "quick_gelu", 1e-5, 768, 12) with { PatchSize = vision.PatchSize ?? 32 });

    /// <summary>Of <c>SiglipModel</c>.</summary>
    public static HuggingFaceTowers Siglip(HuggingFaceConfig config, HuggingFaceTower text, HuggingFaceTower vision) =>
        new(config, true,
        Filled(text, PytorchTanh, 1e-6, 768, 12) with
        {
            VocabSize = text.VocabSize ?? 32000,
            MaxPositionEmbeddings = text.MaxPositionEmbeddings ?? 64,
        },
        Filled(vision, PytorchTanh, 1e-6, 768, 12) with { PatchSize = vision.PatchSize ?? 16 });

    /// <summary>transformers' name of an activation.</summary>
    public static string NameOf(Activation activation) => Activations.First(entry => entry.Value == activation).Key;

    /// <summary>Notes what is not supported.</summary>
    public void Check(ConfigFaults faults)
    {
        foreach (var (name, tower) in new[] { ("text_config", _text), ("vision_config", _vision) })
        {
            var (width, heads) = (tower.HiddenSize!.Value, tower.NumAttentionHeads!.Value);
            faults.Require(Activations.ContainsKey(tower.HiddenAct!),
                $"{name}.hidden_act is \"{tower.HiddenAct}\" (expected {string.Join(", ", Activations.Keys)})");
            if (faults.InRange($"{name}.hidden_size", width, 1, 32768)
                && faults.InRange($"{name}.num_attention_heads", heads, 1, width))
            {
                faults.Require(width % heads == 0, $"{name}.num_attention_heads = {heads} do not divide the width {width}");
            }
        }

        var areQuick = (_text.HiddenAct == "quick_gelu", _vision.HiddenAct == "quick_gelu");
        faults.Require(areQuick.Item1 == areQuick.Item2 && !(_isSiglip && areQuick.Item1),
            "text_config.hidden_act and vision_config.hidden_act do not go together");
        faults.Require((_vision.NumChannels ?? 3) == 3, $"vision_config.num_channels = {_vision.NumChannels} (expected 3)");
        faults.Require(!_isSiglip || _vision.LayerNormEps == 1e-6,
            FormattableString.Invariant($"vision_config.layer_norm_eps = {_vision.LayerNormEps} (expected 1E-06)"));
    }

    /// <summary>The model in open_clip's words.</summary>
    public ModelConfig ToModel()
    {
        var text = new TextConfig
        {
            ContextLength = _text.MaxPositionEmbeddings!.Value,
            VocabSize = _text.VocabSize!.Value,
            Width = _text.HiddenSize!.Value,
            Heads = _text.NumAttentionHeads!.Value,
            Layers = _text.NumHiddenLayers!.Value,
            MlpRatio = MlpRatio.Of(_text.IntermediateSize!.Value, _text.HiddenSize.Value),
            ActKwargs = Approximation(_text),
            NormKwargs = _text.LayerNormEps == 1e-5 ? null : new NormArguments { Eps = _text.LayerNormEps },
        };
        if (_isSiglip)
        {
            return new ModelConfig
            {
                EmbedDim = _text.ProjectionSize ?? _text.HiddenSize.Value,
                InitLogitBias = -10,
                CustomText = true,
                Vision = Trunk(),
                Text = text with { NoCausalMask = true, ProjBias = true, PoolType = "last" },
            };
        }

        return new ModelConfig
        {
            EmbedDim = _config.ProjectionDim,
            QuickGelu = _text.HiddenAct == "quick_gelu",
            Vision = new VisionConfig
            {
                Layers = [_vision.NumHiddenLayers!.Value],
                ImageSize = _vision.ImageSize!.Value,
                PatchSize = _vision.PatchSize,
                Width = _vision.HiddenSize!.Value,
                HeadWidth = _vision.HiddenSize.Value / _vision.NumAttentionHeads!.Value,
                MlpRatio = MlpRatio.Of(_vision.IntermediateSize!.Value, _vision.HiddenSize.Value),
                ActKwargs = Approximation(_vision),
                NormKwargs = _vision.LayerNormEps == 1e-5 ? null : new NormArguments { Eps = _vision.LayerNormEps },
            },
            Text = _config.ModelType == "clip"
                ? text
                : text with
                {
                    PoolType = "eos",
                    EosId = _text.EosTokenId ?? TextConfig.DefaultEos,
                    PadId = _text.PadTokenId ?? 1,
                },
        };
    }

    // A trunk of timm's with the same activation, its sizes written beside the name where the name tells others.
    private VisionConfig Trunk()
    {
        var (patch, size) = (_vision.PatchSize!.Value, _vision.ImageSize!.Value);
        var isTanh = _vision.HiddenAct == PytorchTanh;
        var sizes = new TimmArguments
        {
            ImgSize = size,
            PatchSize = patch,
            EmbedDim = _vision.HiddenSize,
            Depth = _vision.NumHiddenLayers,
            NumHeads = _vision.NumAttentionHeads,
            MlpRatio = MlpRatio.Of(_vision.IntermediateSize!.Value, _vision.HiddenSize!.Value),
        };
        var name = TimmTrunk.SiglipNames(patch, size).FirstOrDefault(name => TimmTrunk.Find(name) is { } trunk
            && trunk.Width == sizes.EmbedDim && trunk.Layers == sizes.Depth && trunk.Heads == sizes.NumHeads
            && (int)(trunk.Width * trunk.MlpRatio) == _vision.IntermediateSize
            && (trunk.Activation == Activation.TanhGelu) == isTanh);
        return new VisionConfig
        {
            ImageSize = size,
            TimmModelName = name ?? (isTanh ? $"vit_giantopt_patch16_siglip_{size}" : $"vit_base_patch16_siglip_{size}"),
            TimmPool = "map",
            TimmProj = "none",
            TimmModelKwargs = name is null ? sizes : null,
        }.WithTrunk();
    }

    private static ActivationArguments? Approximation(HuggingFaceTower tower) =>
        tower.HiddenAct == PytorchTanh ? new ActivationArguments { Approximate = "tanh" } : null;

    private static HuggingFaceTower Filled(HuggingFaceTower tower, string activation, double epsilon, int width, int heads) =>
        tower with
        {
            HiddenSize = tower.HiddenSize ?? width,
            NumAttentionHeads = tower.NumAttentionHeads ?? heads,
            NumHiddenLayers = tower.NumHiddenLayers ?? 12,
            IntermediateSize = tower.IntermediateSize ?? 3072,
            HiddenAct = tower.HiddenAct ?? activation,
            LayerNormEps = tower.LayerNormEps ?? epsilon,
            ImageSize = tower.ImageSize ?? 224,
        };
}
