using System.Text.RegularExpressions;
using ClipSharp.Models.Towers;

namespace ClipSharp.Models.Layouts;

/// <summary>open_clip's names, which for plain towers are OpenAI's and ours. A text tower of its own has its prefix, a trunk of
/// timm's its own names, and a projection with a bias is a linear layer.</summary>
internal static partial class OpenClipKeys
{
    /// <summary>What names of a text tower of its own begin with.</summary>
    public const string TextPrefix = "text.";

    // Long-CLIP's (Zhang et al. 2024, model_longclip.py): the first places are those of the model it was tuned from, the others
    // learnt anew in a table of their own.
    private const string LongPositions = "positional_embedding_res";
    private const int KeptPlaces = 20;

    private const string TrunkHead = "visual.trunk.head", LinearHead = "visual.head.proj";

    private static readonly Dictionary<string, StoredPart[]> OfTrunk = new()
    {
        ["visual.class_embedding"] = [new("visual.trunk.cls_token", LeadingOnes: 2)],
        ["visual.positional_embedding"] = [new("visual.trunk.pos_embed", LeadingOnes: 1)],
        ["visual.conv1.weight"] = [new("visual.trunk.patch_embed.proj.weight")],
        ["visual.conv1.bias"] = [new("visual.trunk.patch_embed.proj.bias")],
        ["visual.ln_pre.weight"] = [new("visual.trunk.norm_pre.weight")],
        ["visual.ln_pre.bias"] = [new("visual.trunk.norm_pre.bias")],
        ["visual.ln_post.weight"] = [new("visual.trunk.norm.weight")],
        ["visual.ln_post.bias"] = [new("visual.trunk.norm.bias")],
        ["visual.attn_pool.latent"] = [new("visual.trunk.attn_pool.latent", LeadingOnes: 2)],
        ["visual.attn_pool.in_proj_weight"] = Queried("weight"),
        ["visual.attn_pool.in_proj_bias"] = Queried("bias"),
    };

    private static readonly Dictionary<string, string> Modules = new()
    {
        ["ln_1"] = "norm1",
        ["ln_2"] = "norm2",
        ["attn.in_proj"] = "attn.qkv",
        ["attn.out_proj"] = "attn.proj",
        ["out_proj"] = "proj",
        ["ln"] = "norm",
        ["mlp.c_fc"] = "mlp.fc1",
        ["mlp.c_proj"] = "mlp.fc2",
    };

    /// <summary>OpenAI's names.</summary>
    public static KeyTable OpenAi { get; } = Table(isCustomText: false, head: null, isLinearText: false, isNonscalar: false);

    /// <summary>The scheme of a file that has some names.</summary>
    /// <param name="isCustomText">Whether the text tower has its prefix.</param>
    /// <param name="has">Whether a name is there.</param>
    public static KeyTable Of(bool isCustomText, Func<string, bool> has) => Table(isCustomText,
        !has("visual.trunk.patch_embed.proj.weight") ? null : has(LinearHead + ".weight") ? LinearHead : TrunkHead,
        has((isCustomText ? TextPrefix : string.Empty) + "text_projection.weight"), isNonscalar: false,
        isLong: !isCustomText && has(LongPositions));

    /// <summary>The scheme in which open_clip stores a model.</summary>
    public static KeyTable Of(ModelConfig config) => Table(config.CustomText is true,
        config.Vision.Trunk is null ? null : config.Vision.TimmProj is { Length: 0 } ? TrunkHead : LinearHead,
        config.Text.Projection == ProjectionKind.Biased, config.NonscalarLogitScale is true);

    // Left aside are the scalars of OpenAI's archives and the mask that old versions of open_clip stored.
    private static KeyTable Table(bool isCustomText, string? head, bool isLinearText, bool isNonscalar, bool isLong = false)
    {
        var prefix = isCustomText ? TextPrefix : string.Empty;
        return new KeyTable(isCustomText ? "open_clip with custom_text" : isLong ? "Long-CLIP" : "OpenAI, open_clip", Parts,
            name => (!isCustomText && KeyTable.OpenAiScalars.Contains(name)) || name == prefix + "attn_mask")
        {
            IsTunedOpenAi = isLong,
        };

        IReadOnlyList<StoredPart> Parts(string name) => name switch
        {
            "logit_scale" or "logit_bias" => [new(name, LeadingOnes: isNonscalar ? 1 : 0)],
            "positional_embedding" when isLong => [new(name, Rows: ..KeptPlaces), new(LongPositions, Rows: KeptPlaces..)],
            "text_projection" when isLinearText => [new(prefix + "text_projection.weight", IsTransposed: true)],
            "text_projection_bias" => isLinearText ? [new(prefix + "text_projection.bias")] : [],
            _ when !name.StartsWith("visual.", StringComparison.Ordinal) => [new(prefix + name)],
            "visual.proj" when head is not null => [new(head + ".weight", IsTransposed: true)],
            "visual.proj_bias" => head is null ? [] : [new(head + ".bias")],
            _ => head is null ? (StoredPart[])[new(name)] : Trunk(name),
        };
    }

    private static StoredPart[] Trunk(string name) =>
        OfTrunk.TryGetValue(name, out var parts) ? parts
        : InBlock().Match(name) is { Success: true } match && Modules.TryGetValue(match.Groups["module"].Value, out var module)
        ? [new(OwnerOf(match) + $"{module}.{match.Groups["kind"].Value}")]
        : [];

    private static string OwnerOf(Match match) => match.Groups["block"] is { Success: true, Value: var block }
        ? $"visual.trunk.blocks.{block}."
        : "visual.trunk.attn_pool.";

    // timm's pooling has queries apart from keys and values.
    private static StoredPart[] Queried(string kind) =>
        [new($"visual.trunk.attn_pool.q.{kind}"), new($"visual.trunk.attn_pool.kv.{kind}", Shares: 2)];

    [GeneratedRegex(@"^visual\.(transformer\.resblocks\.(?<block>[0-9]+)|attn_pool)\.(?<module>[a-z0-9_.]+?)[._](?<kind>weight|bias)$")]
    private static partial Regex InBlock();
}
