using System.Text.Json;

namespace ClipSharp.Models;

/// <summary>The members of open_clip's configurations (<c>CLIPVisionCfg</c>, <c>CLIPTextCfg</c> and <c>CLIP</c> in its
/// <c>model.py</c>) that are not computed here, each with the values that change nothing. Any other value is refused by the
/// member's name, and so is a member that nobody here knows: what it would change cannot be told.</summary>
internal static class UnsupportedMembers
{
    private static readonly string[] Any = []; // read only beside a member that is refused, or by no computation at all
    private static readonly string[] Off = ["null", "false"];
    private static readonly string[] Empty = ["null", "{}"];
    private static readonly string[] Unset = ["null"];

    private static readonly Dictionary<string, string[]> Model = new()
    {
        ["custom_text"] = Any, // how weights are named, which the weights tell
        ["output_dict"] = Any,
        ["multimodal_cfg"] = Empty,
        ["audio_cfg"] = Empty,
        ["audio_naflex_cfg"] = Empty,
        ["genlap_cfg"] = Empty,
        ["genlip_cfg"] = Empty,
        ["nonscalar_logit_scale"] = Off,
    };

    private static readonly Dictionary<string, string[]> Tower = new()
    {
        ["ls_init_value"] = Off,
        ["final_ln_after_pool"] = Off,
        ["output_tokens"] = Off,
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
        ["timm_model_pretrained"] = Any,
        ["timm_pool"] = Any,
        ["timm_proj"] = Any,
        ["timm_proj_bias"] = Any,
        ["timm_drop"] = Any,
        ["timm_drop_path"] = Any,
        ["timm_model_kwargs"] = Any,
        ["image_seq_len"] = Unset,
        ["in_chans"] = ["null", "3"],
        ["attentional_pool"] = Off,
        ["attn_pooler_queries"] = Any,
        ["attn_pooler_heads"] = Any,
        ["no_ln_pre"] = Off,
        ["pos_embed_type"] = ["null", "\"learnable\""],
        ["pool_type"] = ["null", "\"tok\""],
        ["input_patchnorm"] = Off,
        ["global_average_pool"] = Off,
    };

    private static readonly Dictionary<string, string[]> Text = new(Tower)
    {
        ["text_arch"] = ["null", "\"clip\""],
        ["hf_model_name"] = Off,
        ["hf_model_pretrained"] = Any,
        ["hf_model_config"] = Any,
        ["hf_proj_type"] = Any,
        ["hf_pooler_type"] = Any,
        ["proj"] = Any, // of transformers' towers in old configurations, as is the next
        ["pooler_type"] = Any,
        ["hf_tokenizer_name"] = ["null", "\"\""],
        ["tokenizer_mode"] = Unset,
        ["tokenizer_kwargs"] = Empty,
        ["tokenizer_type"] = ["null", "\"\""],
        ["tiktoken_name"] = Any,
        ["variable_text"] = Off,
        ["no_causal_mask"] = Off,
        ["embed_cls"] = Off,
        ["pad_id"] = ["null", "0"],
        ["bos_id"] = Any,
        ["eos_id"] = Any,
        ["pool_type"] = ["null", "\"argmax\""],
        ["proj_type"] = ["null", "\"linear\""],
        ["proj_bias"] = Off,
        ["ln_post_emb"] = Off,
        // What follows is of text_arch "modern"; where the plain tower reads it too, only its own default passes.
        ["attention_mode"] = ["null", "\"causal\""],
        ["pos_embed"] = Any,
        ["rope_temperature"] = Any,
        ["mlp_type"] = Any,
        ["norm_type"] = ["null", "\"layernorm\""],
        ["norm_eps"] = Any,
        ["norm_placement"] = ["null", "\"pre\""],
        ["attn_gated"] = Off,
        ["pre_norm"] = Off,
        ["zero_init_residual"] = Any,
        ["reg_tokens"] = ["null", "0"],
        ["value_residual"] = Off,
        ["attention_bias"] = ["null", "true"],
        ["mlp_bias"] = ["null", "true"],
        ["gate_bias"] = Any,
    };

    /// <summary>Notes every member of a configuration that is not supported or not known.</summary>
    public static void Find(ModelConfig config, ConfigFaults faults)
    {
        Find(config.Unknown, Model, string.Empty, faults);
        Find(config.Vision.Unknown, Vision, "vision_cfg.", faults);
        Find(config.Text.Unknown, Text, "text_cfg.", faults);
    }

    private static void Find(
        Dictionary<string, JsonElement>? members, Dictionary<string, string[]> known, string prefix, ConfigFaults faults)
    {
        foreach (var (name, value) in members ?? [])
        {
            if (!known.TryGetValue(name, out var harmless))
            {
                faults.Add($"{prefix}{name} is not known, so what it changes is not computed");
            }
            else if (harmless.Length > 0 && !harmless.Contains(value.GetRawText())) // a lone surrogate in the string would throw
            {
                faults.Add($"{prefix}{name} is not supported");
            }
        }
    }
}
