using System.Text.Json;

namespace ClipSharp.Models;

/// <summary>Members of open_clip's configurations that change what a model computes and are not built here. Each has values that
/// change nothing; any other is refused by name, never ignored.</summary>
internal static class UnsupportedMembers
{
    private static readonly string[] Off = ["null", "false"];
    private static readonly string[] Empty = ["null", "{}"];

    private static readonly Dictionary<string, string[]> Model = new()
    {
        ["multimodal_cfg"] = Empty,
        ["nonscalar_logit_scale"] = Off,
    };

    private static readonly Dictionary<string, string[]> Tower = new()
    {
        ["ls_init_value"] = Off,
        ["final_ln_after_pool"] = Off,
        ["act_kwargs"] = Empty,
        ["norm_kwargs"] = Empty,
        ["block_type"] = ["null", "\"default\""],
        ["qk_norm"] = Off,
        ["scaled_cosine_attn"] = Off,
        ["scale_heads"] = Off,
        ["scale_attn_inner"] = Off,
        ["scale_attn"] = Off,
        ["scale_fc"] = Off,
    };

    private static readonly Dictionary<string, string[]> Vision = new(Tower)
    {
        ["timm_model_name"] = Off,
        ["attentional_pool"] = Off,
        ["no_ln_pre"] = Off,
        ["pos_embed_type"] = ["null", "\"learnable\""],
        ["pool_type"] = ["null", "\"tok\""],
        ["output_tokens"] = Off,
        ["input_patchnorm"] = Off,
    };

    private static readonly Dictionary<string, string[]> Text = new(Tower)
    {
        ["hf_model_name"] = Off,
        ["text_arch"] = ["null"],
        ["pool_type"] = ["null", "\"argmax\""],
        ["no_causal_mask"] = Off,
        ["embed_cls"] = Off,
        ["proj_type"] = ["null", "\"linear\""],
        ["proj_bias"] = Off,
        ["pad_id"] = ["null", "0"],
        ["output_tokens"] = Off,
        ["hf_tokenizer_name"] = ["null", "\"\""],
        ["tokenizer_kwargs"] = Empty,
        ["ln_post_emb"] = Off,
    };

    /// <summary>Notes every member of a configuration that is not supported.</summary>
    public static void Find(ModelConfig config, ConfigFaults faults)
    {
        Find(config.Unknown, Model, string.Empty, faults);
        Find(config.Vision.Unknown, Vision, "vision_cfg.", faults);
        Find(config.Text.Unknown, Text, "text_cfg.", faults);
    }

    private static void Find(
        Dictionary<string, JsonElement>? unknown, Dictionary<string, string[]> unsupported, string prefix, ConfigFaults faults)
    {
        foreach (var (name, value) in unknown ?? [])
        {
            // The raw text, not the string: a lone surrogate in it would throw.
            if (unsupported.TryGetValue(name, out var harmless) && !harmless.Contains(value.GetRawText()))
            {
                faults.Add($"{prefix}{name} is not supported");
            }
        }
    }
}
