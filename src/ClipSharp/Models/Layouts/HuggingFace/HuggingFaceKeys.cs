using System.Text.RegularExpressions;

namespace ClipSharp.Models.Layouts.HuggingFace;

/// <summary>Names of transformers' <c>CLIPModel</c> (<c>modeling_clip.py</c>): queries, keys and values apart, projections
/// transposed. It has Vision Transformers only.</summary>
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
        ["visual.positional_embedding"] = new("vision_model.embeddings.position_embedding.weight"),
        ["visual.ln_pre.weight"] = new("vision_model.pre_layrnorm.weight"), // their spelling
        ["visual.ln_pre.bias"] = new("vision_model.pre_layrnorm.bias"),
        ["visual.ln_post.weight"] = new("vision_model.post_layernorm.weight"),
        ["visual.ln_post.bias"] = new("vision_model.post_layernorm.bias"),
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

    public static KeyTable Table { get; } =
        new("Hugging Face", Parts, name => name.EndsWith(".embeddings.position_ids", StringComparison.Ordinal))
        {
            IsHuggingFace = true,
        };

    private static IReadOnlyList<StoredPart> Parts(string name)
    {
        if (Whole.TryGetValue(name, out var whole))
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
