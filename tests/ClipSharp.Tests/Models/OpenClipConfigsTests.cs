using System.Text;
using ClipSharp.Models;

namespace ClipSharp.Tests.Models;

/// <summary>The kinds of models that open_clip's configurations describe: read, or refused by the member that is not computed
/// here.</summary>
public sealed class OpenClipConfigsTests
{
    private const string Text = "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":512,\"heads\":8,\"layers\":12}";

    // Name, layers, width, head_width, patch, picture, mlp_ratio, E, text width and heads and layers.
    [Theory]
    [InlineData("RN50", "[3,4,6,3]", 64, 64, 0, 224, 4, 1024, 512, 8, 12, 102)]
    [InlineData("RN101", "[3,4,23,3]", 64, 64, 0, 224, 4, 512, 512, 8, 12, 120)]
    [InlineData("RN50x4", "[4,6,10,6]", 80, 64, 0, 288, 4, 640, 640, 10, 12, 178)]
    [InlineData("RN50x16", "[6,8,18,8]", 96, 64, 0, 384, 4, 768, 768, 12, 12, 291)]
    [InlineData("RN50x64", "[3,15,36,10]", 128, 64, 0, 448, 4, 1024, 1024, 16, 12, 623)]
    [InlineData("ViT-S-32", "12", 384, 64, 32, 224, 4, 384, 384, 6, 12, 63)]
    [InlineData("ViT-M-16", "12", 512, 64, 16, 224, 4, 512, 512, 8, 12, 102)]
    [InlineData("ViT-B-32", "12", 768, 64, 32, 224, 4, 512, 512, 8, 12, 151)]
    [InlineData("ViT-B-32-256", "12", 768, 64, 32, 256, 4, 512, 512, 8, 12, 151)]
    [InlineData("ViT-B-16", "12", 768, 64, 16, 224, 4, 512, 512, 8, 12, 150)]
    [InlineData("ViT-B-16-plus-240", "12", 896, 64, 16, 240, 4, 640, 640, 10, 12, 208)]
    [InlineData("ViT-L-16", "24", 1024, 64, 16, 224, 4, 768, 768, 12, 12, 428)]
    [InlineData("ViT-L-14", "24", 1024, 64, 14, 224, 4, 768, 768, 12, 12, 428)]
    [InlineData("ViT-L-14-336", "24", 1024, 64, 14, 336, 4, 768, 768, 12, 12, 428)]
    [InlineData("ViT-H-14", "32", 1280, 80, 14, 224, 4, 1024, 1024, 16, 24, 986)]
    [InlineData("ViT-g-14", "40", 1408, 88, 14, 224, 4.3637, 1024, 1024, 16, 24, 1367)]
    [InlineData("ViT-bigG-14", "48", 1664, 104, 14, 224, 4.9231, 1280, 1280, 20, 32, 2540)]
    public void Plain_towers_are_read(string name, string layers, int width, int head, int patch, int picture, double ratio,
        int embed,
        int textWidth, int textHeads, int textLayers, int millions)
    {
        var json = string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""
            {"embed_dim":{{embed}},"vision_cfg":{"image_size":{{picture}},"layers":{{layers}},"width":{{width}},"head_width":{{head}},
             "mlp_ratio":{{ratio}},"patch_size":{{(patch == 0 ? "null" : patch)}} },
             "text_cfg":{"context_length":77,"vocab_size":49408,"width":{{textWidth}},"heads":{{textHeads}},"layers":{{textLayers}} } }
            """);

        var config = Parse(json);

        Assert.Empty(config.UnknownMembers());
        var parameters = StateDictShapes.Of(config).Where(entry => !entry.Name.Contains("running_", StringComparison.Ordinal)
            && !entry.Name.Contains("num_batches", StringComparison.Ordinal))
                .Sum(entry => entry.Shape.Aggregate(1.0, (product, side) => product * side));
        Assert.True(millions == Math.Round(parameters / 1e6), $"{name}: {parameters}");
    }

    [Theory]
    // timm's image towers: ConvNeXt, EVA, ViTamin, MobileCLIP, Swin, PE. They say neither layers nor patches.
    [InlineData("""{"embed_dim":640,"vision_cfg":{"timm_model_name":"convnext_base","timm_model_pretrained":false,"timm_pool":"","timm_proj":"linear","timm_drop":0.0,"timm_drop_path":0.1,"image_size":256},TEXT}""", "vision_cfg.timm_model_name")]
    [InlineData("""{"embed_dim":1024,"vision_cfg":{"image_size":224,"timm_model_name":"eva_giant_patch14_224","timm_pool":"token","timm_proj":null},TEXT}""", "vision_cfg.timm_model_name")]
    [InlineData("""{"embed_dim":1024,"vision_cfg":{"timm_model_name":"vit_pe_core_large","image_size":336},"text_cfg":{"context_length":32,"vocab_size":49408,"width":1024,"heads":16,"layers":24}}""", "vision_cfg.timm_model_name")]
    // Text towers of transformers: RoBERTa, XLM-R, mT5, NLLB.
    [InlineData("""{"embed_dim":512,"vision_cfg":{"image_size":224,"layers":12,"width":768,"patch_size":32},"text_cfg":{"hf_model_name":"xlm-roberta-base","hf_tokenizer_name":"xlm-roberta-base","hf_proj_type":"mlp","hf_pooler_type":"mean_pooler"}}""", "text_cfg.hf_model_name")]
    // CoCa.
    [InlineData("""{"embed_dim":512,"vision_cfg":{"image_size":224,"layers":12,"width":768,"patch_size":32,"attentional_pool":true,"attn_pooler_heads":8,"output_tokens":true},"text_cfg":{"context_length":76,"vocab_size":49408,"layers":12,"heads":8,"width":512,"embed_cls":true,"output_tokens":true},"multimodal_cfg":{"context_length":76,"vocab_size":49408,"width":512,"heads":8,"layers":12},"custom_text":true}""",
        "multimodal_cfg", "vision_cfg.attentional_pool", "vision_cfg.output_tokens", "text_cfg.embed_cls",
        "text_cfg.output_tokens")]
    // Other blocks and norms.
    [InlineData("""{"embed_dim":512,"vision_cfg":{"layers":12,"patch_size":16,"block_type":"custom","qk_norm":true,"scale_attn":true},TEXT}""", "vision_cfg.block_type", "vision_cfg.qk_norm", "vision_cfg.scale_attn")]
    // Text towers of today, GenLIP and GenLAP, sound in place of pictures.
    [InlineData("""{"embed_dim":512,"vision_cfg":{"layers":12,"patch_size":16},"text_cfg":{"text_arch":"modern","norm_type":"rmsnorm","attention_mode":"bidirectional","attn_gated":true,"tokenizer_type":"tiktoken","variable_text":true,"pool_type":"eos","eos_id":50257}}""",
        "text_cfg.text_arch", "text_cfg.norm_type", "text_cfg.attention_mode", "text_cfg.attn_gated", "text_cfg.tokenizer_type",
        "text_cfg.variable_text")]
    [InlineData("""{"embed_dim":512,"genlip_cfg":{"width":768},"vision_cfg":{"timm_model_name":"naflexvit_base","image_seq_len":256,"in_chans":3},TEXT}""", "genlip_cfg", "vision_cfg.timm_model_name", "vision_cfg.image_seq_len")]
    [InlineData("""{"embed_dim":512,"audio_cfg":{"model_type":"HTSAT"},"vision_cfg":{"layers":12,"patch_size":16},TEXT}""", "audio_cfg")]
    public void What_is_not_computed_here_is_refused_by_its_member(string json, params string[] members)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(json.Replace("TEXT", Text, StringComparison.Ordinal)));

        Assert.All(members, member => Assert.Contains(member + " is not supported", refusal.Message, StringComparison.Ordinal));
    }

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
