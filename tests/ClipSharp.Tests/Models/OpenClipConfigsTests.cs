using System.Text;
using System.Text.Json;
using ClipSharp.Models;

namespace ClipSharp.Tests.Models;

/// <summary>The models that open_clip's configurations describe, as tools/open_clip_configs.py took them from a checkout: read,
/// or refused by the member that is not computed here.</summary>
public sealed class OpenClipConfigsTests
{
    private const string Text = "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":512,\"heads\":8,\"layers\":12}";

    // Read, and changing nothing here.
    private static readonly string[] Idle = ["vision_cfg.timm_model_pretrained", "vision_cfg.timm_drop", "vision_cfg.timm_drop_path"];

    private static readonly Lazy<JsonElement> OpenClip =
        new(() => JsonDocument.Parse(Fixtures.Bytes("open-clip/configs.json.gz")).RootElement);

    [Fact]
    public void Every_name_is_known_as_computed_or_refused()
    {
        var own = ModelPresets.Names.Where(name => name.Contains("-Tiny-", StringComparison.Ordinal));

        Assert.Equal(Configurations().Select(model => model.Name).Order(StringComparer.Ordinal),
            ModelPresets.Names.Except(own).Concat(ModelPresets.RefusedNames).Order(StringComparer.Ordinal));
        Assert.Equal((82, 99), (ModelPresets.Names.Except(own).Count(), ModelPresets.RefusedNames.Count));
    }

    [Fact]
    public void A_preset_is_what_open_clip_s_configuration_says()
    {
        foreach (var (name, json) in Configurations().Where(model => ModelPresets.Names.Contains(model.Name)))
        {
            var theirs = Parse(json, name);
            Assert.Empty(theirs.UnknownMembers().Except(Idle));
            Assert.Equal((theirs with { Vision = theirs.Vision with { Unknown = null } }).ToJson(),
                ModelPresets.Find(name).ToJson());
        }
    }

    [Fact]
    public void A_refused_name_is_refused_by_the_members_that_its_configuration_is_refused_by()
    {
        foreach (var (name, json) in Configurations().Where(model => ModelPresets.RefusedNames.Contains(model.Name)))
        {
            var theirs = Assert.Throws<ClipException>(() => Parse(json, name)).Message;
            var ours = Assert.Throws<ClipException>(() => ModelPresets.Find(name)).Message;
            var members = ModelPresets.WhyRefused(name);

            Assert.NotEmpty(members);
            Assert.Equal((members.Count, members.Count), (Refusals(theirs), Refusals(ours)));
            foreach (var member in members)
            {
                var (path, value) = member.Split(": ") is [var first, var second] ? (first, ": " + second) : (member, "");
                Assert.Contains($"{path} is not supported{value}", theirs, StringComparison.Ordinal);
                Assert.Contains($"{path} is not supported{value}", ours, StringComparison.Ordinal);
            }
        }
    }

    // Its table has two decimals; fvcore counts two operations where we count a multiply-add.
    [Fact]
    public void Parameters_and_costs_are_those_of_open_clip_s_table()
    {
        var compared = 0;
        foreach (var row in OpenClip.Value.GetProperty("costs").EnumerateObject()
            .Where(row => ModelPresets.Names.Contains(row.Name)))
        {
            var cost = ModelCost.Of(ModelPresets.Find(row.Name));
            foreach (var (figure, ours) in new[]
            {
                ("mparams", cost.Parameters / 1e6), ("image_mparams", cost.ImageParameters / 1e6),
                ("image_gflops", cost.ImageMultiplyAdds * 2 / 1e9), ("text_gflops", cost.TextMultiplyAdds * 2 / 1e9),
            })
            {
                var theirs = row.Value.GetProperty(figure).GetDouble();
                Assert.True(Math.Abs(ours - theirs) <= 0.0051, $"{row.Name}: {figure} {ours}, not {theirs}");
            }

            compared++;
        }

        Assert.Equal(51, compared);
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
        "multimodal_cfg", "vision_cfg.attentional_pool", "vision_cfg.output_tokens", "text_cfg.output_tokens")]
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

    private static IEnumerable<(string Name, string Json)> Configurations() =>
        OpenClip.Value.GetProperty("models").EnumerateObject().Select(model => (model.Name, model.Value.GetRawText()));

    private static int Refusals(string message) => message.Split("is not supported").Length - 1;

    private static ModelConfig Parse(string json, string name = "config.json") =>
        ModelConfig.Parse(Encoding.UTF8.GetBytes(json), name);
}
