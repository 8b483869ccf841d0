using System.Text.RegularExpressions;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>Names of transformers' <c>CLIPModel</c> and <c>SiglipModel</c> (<c>modeling_clip.py</c>, <c>modeling_siglip.py</c>):
/// queries, keys and values apart, projections transposed. They have Vision Transformers only.</summary>
internal static partial class HuggingFaceKeys
{
    private static readonly Dictionary<string, StoredPart> Whole = new()
    {
        ["logit_scale"] = new("logit_scale"),
        ["text_projection"] = new("text_projection.weight", IsTransposed: true),
        ["visual.proj"] = new("visual_projection.weight", IsTransposed: true),
        ["token_embedding.weight"] = new("text_model.embeddings.token_embedding.weight"),
        ["positional_embedding"] = new("text_model.embeddings.position_embedding.weight"),
        ["ln_final.weight"] = new("text_model.final_layer_norm.weight"),
        ["ln_final.bias"] = new("text_model.final_layer_norm.bias"),
        ["visual.class_embedding"] = new("vision_model.embeddings.class_embedding"),
        ["visual.conv1.weight"] = new("vision_model.embeddings.patch_embedding.weight"),
        ["visual.conv1.bias"] = new("vision_model.embeddings.patch_embedding.bias"),
        ["visual.positional_embedding"] = new("vision_model.embeddings.position_embedding.weight"),
        ["visual.ln_pre.weight"] = new("vision_model.pre_layrnorm.weight"), // their spelling
        ["visual.ln_pre.bias"] = new("vision_model.pre_layrnorm.bias"),
        ["visual.ln_post.weight"] = new("vision_model.post_layernorm.weight"),
        ["visual.ln_post.bias"] = new("vision_model.post_layernorm.bias"),
    };

    private static readonly Dictionary<string, StoredPart> OfSiglip = new()
    {
        ["logit_scale"] = new("logit_scale", LeadingOnes: 1),
        ["logit_bias"] = new("logit_bias", LeadingOnes: 1),
        ["text_projection"] = new("text_model.head.weight", IsTransposed: true),
        ["text_projection_bias"] = new("text_model.head.bias"),
        ["visual.attn_pool.latent"] = new("vision_model.head.probe", LeadingOnes: 2),
        ["visual.attn_pool.in_proj_weight"] = new("vision_model.head.attention.in_proj_weight"),
        ["visual.attn_pool.in_proj_bias"] = new("vision_model.head.attention.in_proj_bias"),
        ["visual.attn_pool.out_proj.weight"] = new("vision_model.head.attention.out_proj.weight"),
        ["visual.attn_pool.out_proj.bias"] = new("vision_model.head.attention.out_proj.bias"),
        ["visual.attn_pool.ln.weight"] = new("vision_model.head.layernorm.weight"),
        ["visual.attn_pool.ln.bias"] = new("vision_model.head.layernorm.bias"),
        ["visual.attn_pool.mlp.c_fc.weight"] = new("vision_model.head.mlp.fc1.weight"),
        ["visual.attn_pool.mlp.c_fc.bias"] = new("vision_model.head.mlp.fc1.bias"),
        ["visual.attn_pool.mlp.c_proj.weight"] = new("vision_model.head.mlp.fc2.weight"),
        ["visual.attn_pool.mlp.c_proj.bias"] = new("vision_model.head.mlp.fc2.bias"),
    };

    private static readonly Dictionary<string, string[]> OfBlock = new()
    {
        ["ln_1"] = ["layer_norm1"],
        ["ln_2"] = ["layer_norm2"],
        ["attn.in_proj"] = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        ["attn.out_proj"] = ["self_attn.out_proj"],
        ["mlp.c_fc"] = ["mlp.fc1"],
        ["mlp.c_proj"] = ["mlp.fc2"],
    };

    /// <summary><c>CLIPModel</c>'s.</summary>
    public static KeyTable Clip { get; } = Table("Hugging Face", Whole);

    /// <summary><c>SiglipModel</c>'s.</summary>
    public static KeyTable Siglip { get; } = Table("Hugging Face's SigLIP", new Dictionary<string, StoredPart>([
        .. Whole.Where(entry => !OfSiglip.ContainsKey(entry.Key) && entry.Key != "visual.proj"), .. OfSiglip]));

    /// <summary>The scheme of a file that has some names.</summary>
    public static KeyTable Of(Func<string, bool> has) => has("vision_model.head.probe") ? Siglip : Clip;

    /// <summary>The scheme in which transformers stores a model.</summary>
    public static KeyTable Of(ModelConfig config) => HuggingFaceConfig.IsSiglip(config) ? Siglip : Clip;

    private static KeyTable Table(string title, Dictionary<string, StoredPart> whole) =>
        new(title, name => Parts(name, whole), name => name.EndsWith(".embeddings.position_ids", StringComparison.Ordinal))
        {
            IsHuggingFace = true,
        };

    private static IReadOnlyList<StoredPart> Parts(string name, Dictionary<string, StoredPart> wholes)
    {
        if (wholes.TryGetValue(name, out var whole))
        {
            return [whole];
        }

        if (Block().Match(name) is not { Success: true } match
            || !OfBlock.TryGetValue(match.Groups["module"].Value, out var modules))
        {
            return [];
        }

        var tower = match.Groups["visual"].Success ? "vision_model" : "text_model";
        return [.. modules.Select(module =>
            new StoredPart($"{tower}.encoder.layers.{match.Groups["block"].Value}.{module}.{match.Groups["kind"].Value}"))];
    }

    [GeneratedRegex(@"^(?<visual>visual\.)?transformer\.resblocks\.(?<block>[0-9]+)\.(?<module>[a-z0-9_.]+?)[._](?<kind>weight|bias)$")]
    private static partial Regex Block();
}
