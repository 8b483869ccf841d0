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
        ["output_dict"] = Any,
        ["multimodal_cfg"] = Empty,
        ["audio_cfg"] = Empty,
        ["audio_naflex_cfg"] = Empty,
        ["genlap_cfg"] = Empty,
        ["genlip_cfg"] = Empty,
    };

    private static readonly Dictionary<string, string[]> Tower = new()
    {
        ["output_tokens"] = Off,
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
        ["timm_model_pretrained"] = Any,
        ["timm_drop"] = Any,
        ["timm_drop_path"] = Any,
        ["image_seq_len"] = Unset,
        ["in_chans"] = ["null", "3"],
        ["attentional_pool"] = Off,
        ["attn_pooler_queries"] = Any,
        ["attn_pooler_heads"] = Any,
        ["input_patchnorm"] = Off,
        ["global_average_pool"] = Off,
    };

    private static readonly Dictionary<string, string[]> Text = new(Tower)
    {
        ["final_ln_after_pool"] = Any, // open_clip's text tower does not read it
        ["text_arch"] = ["null", "\"clip\""],
        ["hf_model_name"] = Off,
        ["hf_model_pretrained"] = Any,
        ["hf_model_config"] = Any,
        ["hf_proj_type"] = Any,
        ["hf_pooler_type"] = Any,
        ["proj"] = Any, // of transformers' towers in old configurations, as is the next
        ["pooler_type"] = Any,
        ["tokenizer_mode"] = Unset,
        ["tokenizer_type"] = ["null", "\"\""],
        ["tiktoken_name"] = Any,
        ["variable_text"] = Off,
        ["bos_id"] = Any,
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

    /// <summary>Notes every member beside the towers that is not supported or not known.</summary>
    public static void FindInModel(ModelConfig config, ConfigFaults faults) =>
        Find(config.Unknown, Model, string.Empty, faults);

    /// <summary>Notes every member of the towers that is not supported or not known.</summary>
    public static void FindInTowers(ModelConfig config, ConfigFaults faults)
    {
        Find(config.Vision.Unknown, Vision, "vision_cfg.", faults);
        Find(config.Text.Unknown, Text, "text_cfg.", faults);
    }

    /// <summary>Notes every member of an object whose members are all known.</summary>
    public static void Refuse(Dictionary<string, JsonElement>? members, string where, ConfigFaults faults)
    {
        foreach (var name in members?.Keys ?? Enumerable.Empty<string>())
        {
            faults.AddUnsupported($"{where}.{name}");
        }
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
            else if (harmless.Length > 0 && !harmless.Contains(value.GetRawText()))
            {
                // As it is written: a lone surrogate in the string would throw.
                var word = value.ValueKind == JsonValueKind.String ? value.GetRawText().Trim('"') : null;
                faults.AddUnsupported(prefix + name, word);
            }
        }
    }
}
