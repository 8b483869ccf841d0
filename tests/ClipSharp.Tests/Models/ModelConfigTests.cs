using System.Text;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Models;

public sealed class ModelConfigTests
{
    private const string Least = """{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}}""";

    [Fact]
    public void Absent_members_have_open_clip_s_defaults()
    {
        var config = Parse(Least);
        Assert.False(config.QuickGelu);
        Assert.Equal((224, 768, 64, 4.0, 0.0),
            (config.Vision.ImageSize, config.Vision.Width, config.Vision.HeadWidth, config.Vision.MlpRatio,
                config.Vision.PatchDropout));
        Assert.Equal((77, 49408, 512, 8, 12, 4.0),
            (config.Text.ContextLength, config.Text.VocabSize, config.Text.Width, config.Text.Heads,
            config.Text.Layers, config.Text.MlpRatio));
        Assert.Equal((7, 12, 3072, 2048),
            (config.Vision.Grid, config.Vision.Heads, config.Vision.MlpWidth, config.Text.MlpWidth));
    }

    [Theory]
    [InlineData("224.0")]
    [InlineData("2.24e2")]
    [InlineData("[224, 224]")]
    public void Sides_are_integers_in_any_spelling_or_equal_pairs(string side) =>
        Assert.Equal(224, WithSize(side).Vision.ImageSize);

    [Fact]
    public void A_picture_that_is_no_square_has_height_and_width()
    {
        var config = WithSize("[64, 99.0]");
        Assert.Equal((new Extent(64, 99), new Extent(2, 3)), (config.Vision.ImageSize, config.Vision.Grid));
        Assert.Equal(config.Vision.ImageSize, Parse(config.ToJson()).Vision.ImageSize);
        Assert.Contains("\"image_size\": 224,", Parse(Least).ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"image_size":[64,96],"layers":[1,1,1,1]}""", "image_size = 64x96 is no square, which a ResNet's pictures are")]
    [InlineData("""{"image_size":[64,96],"patch_size":32,"pos_embed_type":"sin_cos_2d"}""", "is of squares, and image_size is 64x96")]
    [InlineData("""{"image_size":[256,224],"timm_model_name":"vit_base_patch16_siglip_224","timm_pool":"map","timm_proj":"none","timm_model_kwargs":{"img_size":[224,256]}}""",
        "img_size = 224x256 is not the image_size 256x224")]
    public void What_takes_squares_only_or_two_sizes_is_refused(string vision, string expected)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(Least)!;
        json["vision_cfg"] = System.Text.Json.Nodes.JsonNode.Parse(vision);
        Assert.Contains(expected, Assert.Throws<ClipException>(() => Parse(json.ToJsonString())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Equal(32, Parse("\uFEFF" + Least).EmbedDim);

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("null", "whole value is null")]
    [InlineData("[]", "JSON")]
    [InlineData("""{"embed_dim":32}""", "text_cfg")]
    [InlineData("""{"embed_dim":32,"embed_dim":64,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}}""", "uplicate")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"x":1,"x":2},"text_cfg":{}}""", "uplicate")]
    [InlineData("""{"embed_dim":1.5,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}}""", "$.embed_dim")]
    [InlineData("""{"embed_dim":4294967328,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}}""", "$.embed_dim")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":[224]},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":[]},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":[64,64,64]},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":"64"},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":["64",64]},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":[64,1e10]},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":null},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32,"image_size":{"height":64,"width":64}},"text_cfg":{}}""", "$.vision_cfg.image_size")]
    [InlineData("""{"embed_dim":32,"vision_cfg":null,"text_cfg":{}}""", "vision_cfg")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}} x""", "JSON")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{},}""", "JSON")]
    [InlineData("""{"embed_dim":NaN,"vision_cfg":{"layers":2,"patch_size":32},"text_cfg":{}}""", "JSON")]
    public void What_is_no_such_json_is_refused(string json, string expected)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(json));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"embed_dim":32,"text_cfg":{}}""", "found vision_cfg is missing, expected")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{},"text_cfg":{}}""", "found vision_cfg.patch_size is missing, expected")]
    [InlineData("""{"embed_dim":32,"audio_cfg":{"mel_bins":64},"text_cfg":{}}""", "found audio_cfg is not supported, expected")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"timm_model_name":"resnet50"},"text_cfg":{}}""", "found vision_cfg.timm_model_name is not supported: resnet50, expected")]
    [InlineData("""{"embed_dim":768,"vision_cfg":{"timm_model_name":"vit_base_patch16_siglip_224","timm_pool":"map","timm_proj":"none","width":64},"text_cfg":{}}""", "found vision_cfg.width = 64 is not the trunk's: timm_model_kwargs changes it (embed_dim, depth, num_heads, patch_size, mlp_ratio), expected")]
    [InlineData("""{"embed_dim":768,"vision_cfg":{"timm_model_name":"vit_base_patch16_siglip_224","timm_pool":"map","timm_proj":"none","layers":[1,2]},"text_cfg":{}}""", "found vision_cfg.layers = 1, 2 is not the trunk's")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"patch_size":16},"text_cfg":{"hf_model_name":"\ud800"}}""", "found text_cfg.hf_model_name is not supported: \\ud800, expected")]
    public void What_is_missing_or_not_computed_is_told_and_nothing_that_follows_from_it(string json, string message)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(json));
        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(
            """{"embed_dim":0,"init_logit_bias":1e9,"vision_cfg":{"layers":[1,2],"width":1e9,"mlp_ratio":1e999,"timm_model_name":"resnet50"},"text_cfg":{"heads":7,"output_tokens":true}}"""));
        Assert.Equal(ClipError.Config, refusal.Kind);
        foreach (var fault in new[]
        {
            "embed_dim = 0", "init_logit_bias = 1000000000", "vision_cfg.layers are 2", "vision_cfg.width = 1000000000", "vision_cfg.mlp_ratio = ∞",
            "vision_cfg.timm_model_name is not supported: resnet50", "text_cfg.heads = 7 do not divide the width 512",
                "text_cfg.output_tokens is not supported",
        })
        {
            Assert.Contains(fault, refusal.Message.Replace("Infinity", "∞", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("vision_cfg", "head_width", "7", "do not divide 768")]
    [InlineData("vision_cfg", "head_width", "0", "head_width = 0")]
    [InlineData("vision_cfg", "patch_dropout", "1", "patch_dropout is outside")]
    [InlineData("vision_cfg", "layers", "0", "vision_cfg.layers = 0")]
    [InlineData("vision_cfg", "image_size", "[0, 64]", "vision_cfg.image_size = 0 (expected 32 to 8192)")]
    [InlineData("vision_cfg", "image_size", "[64, 31]", "vision_cfg.image_size = 31 (expected 32 to 8192)")]
    [InlineData("vision_cfg", "image_size", "[1e9, 64]", "vision_cfg.image_size = 1000000000")]
    [InlineData("vision_cfg", "image_size", "[64, -64]", "vision_cfg.image_size = -64")]
    [InlineData("vision_cfg", "image_size", "-64", "vision_cfg.image_size = -64")]
    [InlineData("vision_cfg", "ls_init_value", "2", "ls_init_value = 2")]
    [InlineData("vision_cfg", "pool_type", "\"none\"", "vision_cfg.pool_type is not supported")]
    [InlineData("vision_cfg", "act_kwargs", """{"approximate":"erf"}""", "act_kwargs.approximate is not supported")]
    [InlineData("vision_cfg", "act_kwargs", """{"inplace":true}""", "act_kwargs.inplace is not supported")]
    [InlineData("vision_cfg", "attentional_pool", "true", "attentional_pool is not supported")]
    [InlineData("vision_cfg", "pos_embed_type", "\"rope\"", "pos_embed_type is not supported")]
    [InlineData("vision_cfg", "norm_kwargs", """{"eps":0}""", "norm_kwargs.eps = 0")]
    [InlineData("vision_cfg", "norm_kwargs", """{"bias":false}""", "norm_kwargs.bias is not supported")]
    [InlineData("text_cfg", "hf_model_name", "\"roberta\"", "hf_model_name is not supported")]
    [InlineData("text_cfg", "pool_type", "\"mean\"", "pool_type is not supported")]
    [InlineData("text_cfg", "proj_type", "\"mlp\"", "proj_type is not supported")]
    [InlineData("text_cfg", "proj_type", "\"none\"", "its width 512 is not embed_dim = 32")]
    [InlineData("text_cfg", "eos_id", "49408", "eos_id = 49408")]
    [InlineData("text_cfg", "tokenizer_kwargs", """{"clean":"no"}""", "tokenizer_kwargs.clean is not supported")]
    [InlineData("text_cfg", "context_length", "2", "context_length = 2")]
    [InlineData("text_cfg", "vocab_size", "2147483647", "vocab_size = 2147483647")]
    [InlineData("text_cfg", "heads", "0", "heads = 0")]
    public void A_member_that_cannot_be_is_named(string tower, string member, string value, string expected)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(Least)!;
        json[tower]![member] = System.Text.Json.Nodes.JsonNode.Parse(value);
        Assert.Contains(expected, Assert.Throws<ClipException>(() => Parse(json.ToJsonString())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_each_in_range_may_still_be_too_many_together()
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(
            """{"embed_dim":32,"vision_cfg":{"layers":256,"patch_size":32,"width":32768},"text_cfg":{}}"""));
        Assert.Contains("number of parameters", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_change_nothing_are_kept_and_listed()
    {
        var config = Parse("""
            {"embed_dim":32,"output_dict":true,"text_cfg":{"proj_bias":false,"text_arch":"clip"},
             "vision_cfg":{"layers":2,"patch_size":32,"timm_model_name":null,"pos_embed_type":"learnable","attn_pooler_heads":8}}
            """);
        Assert.Equal(["output_dict", "vision_cfg.attn_pooler_heads", "text_cfg.text_arch"],
            config.UnknownMembers());
        Assert.Equal(config.UnknownMembers(), Parse(config.ToJson()).UnknownMembers());
    }

    [Theory]
    [InlineData("""{"embed_dim":32,"note":"x","vision_cfg":{"patch_size":32},"text_cfg":{}}""", "note")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"patch_size":32,"gated":false},"text_cfg":{}}""", "vision_cfg.gated")]
    [InlineData("""{"embed_dim":32,"vision_cfg":{"patch_size":32},"text_cfg":{"rope":null}}""", "text_cfg.rope")]
    public void A_member_that_nobody_knows_is_refused_by_its_name(string json, string member) =>
        Assert.Contains(member + " is not known", Assert.Throws<ClipException>(() => Parse(json)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Mutants_are_read_or_refused()
    {
        var seed = Encoding.UTF8.GetBytes(ModelPresets.Find("RN50").ToJson()
            .Replace("\"embed_dim\"", "\"output_dict\": [\"ü\\u00e9\", {\"a\": null}],\n  \"embed_dim\"",
                StringComparison.Ordinal));
        var report = Mutations.Run(seed, bytes => ModelConfig.Parse(bytes, "mutant").ToJson());
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
        Assert.True(report.Refusals.Count >= 3, string.Join("\n", report.Refusals));
    }

    private static ModelConfig WithSize(string size) => Parse(
        Least.Replace("\"layers\"", $"\"image_size\":{size},\"layers\"", StringComparison.Ordinal));

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "test");
}
