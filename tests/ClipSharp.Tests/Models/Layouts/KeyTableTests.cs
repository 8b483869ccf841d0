using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Models.Layouts.HuggingFace;

namespace ClipSharp.Tests.Models.Layouts;

public sealed class KeyTableTests
{
    [Theory]
    [InlineData("logit_scale", "logit_scale")]
    [InlineData("token_embedding.weight", "text_model.embeddings.token_embedding.weight")]
    [InlineData("positional_embedding", "text_model.embeddings.position_embedding.weight")]
    [InlineData("ln_final.bias", "text_model.final_layer_norm.bias")]
    [InlineData("text_projection", "text_projection.weight^T")]
    [InlineData("visual.class_embedding", "vision_model.embeddings.class_embedding")]
    [InlineData("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight")]
    [InlineData("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight")]
    [InlineData("visual.ln_pre.weight", "vision_model.pre_layrnorm.weight")]
    [InlineData("visual.ln_post.bias", "vision_model.post_layernorm.bias")]
    [InlineData("visual.proj", "visual_projection.weight^T")]
    [InlineData("transformer.resblocks.11.ln_1.weight", "text_model.encoder.layers.11.layer_norm1.weight")]
    [InlineData("visual.transformer.resblocks.0.ln_2.bias", "vision_model.encoder.layers.0.layer_norm2.bias")]
    [InlineData("transformer.resblocks.3.attn.in_proj_weight",
        "text_model.encoder.layers.3.self_attn.q_proj.weight text_model.encoder.layers.3.self_attn.k_proj.weight text_model.encoder.layers.3.self_attn.v_proj.weight")]
    [InlineData("visual.transformer.resblocks.3.attn.in_proj_bias",
        "vision_model.encoder.layers.3.self_attn.q_proj.bias vision_model.encoder.layers.3.self_attn.k_proj.bias vision_model.encoder.layers.3.self_attn.v_proj.bias")]
    [InlineData("transformer.resblocks.3.attn.out_proj.weight", "text_model.encoder.layers.3.self_attn.out_proj.weight")]
    [InlineData("visual.transformer.resblocks.5.mlp.c_fc.weight", "vision_model.encoder.layers.5.mlp.fc1.weight")]
    [InlineData("transformer.resblocks.5.mlp.c_proj.bias", "text_model.encoder.layers.5.mlp.fc2.bias")]
    [InlineData("visual.layer1.0.conv1.weight", "")]
    public void Huggingface_s_names(string ours, string theirs) => Assert.Equal(theirs,
        string.Join(' ', HuggingFaceKeys.Clip.PartsOf(ours).Select(part => part.Name + (part.IsTransposed ? "^T" : ""))));

    [Fact]
    public void ViT_B_32_s_302_tensors_are_398_of_huggingface_each_once()
    {
        var model = ModelPresets.Find("ViT-B-32");
        Assert.Equal(302, StateDictShapes.Of(model).Count);
        var stored = HuggingFaceKeys.Clip.StoredShapes(model)
            .ToDictionary(entry => entry.Name, entry => string.Join(',', entry.Shape));
        Assert.Equal(398, stored.Count);
        Assert.Equal("512,768", stored["visual_projection.weight"]);
        Assert.Equal("768,768", stored["vision_model.encoder.layers.0.self_attn.k_proj.weight"]);
        Assert.Equal("768", stored["vision_model.encoder.layers.0.self_attn.v_proj.bias"]);
    }

    [Theory]
    [InlineData("token_embedding.weight", "visual.proj", "visual.proj", "input_resolution", true)]
    [InlineData("module.token_embedding.weight", "visual.proj", "module.visual.proj", "module.attn_mask", true)]
    [InlineData("_orig_mod.token_embedding.weight", "visual.proj", "_orig_mod.visual.proj", "_orig_mod.input_resolution", true)]
    [InlineData("model.clip_model.module._orig_mod.token_embedding.weight", "visual.proj",
        "model.clip_model.module._orig_mod.visual.proj", "visual.proj", false)]
    [InlineData("clip_model.text.token_embedding.weight", "text_projection", "clip_model.text.text_projection",
        "clip_model.text.attn_mask", true)]
    [InlineData("model.text_model.embeddings.token_embedding.weight", "logit_scale", "model.logit_scale", "logit_scale", false)]
    [InlineData("text.token_embedding.weight", "text_projection", "text.text_projection", "text.attn_mask", true)]
    [InlineData("text.token_embedding.weight", "logit_scale", "logit_scale", "logit_bias", false)]
    [InlineData("text_model.embeddings.token_embedding.weight", "logit_scale", "logit_scale",
        "vision_model.embeddings.position_ids", true)]
    public void A_scheme_is_known_by_one_name(string known, string ours, string theirs, string other, bool isIgnored)
    {
        var table = KeyTable.Of([known, "x"], "test");
        Assert.Equal(theirs, Assert.Single(table.PartsOf(ours)).Name);
        Assert.Equal(isIgnored, table.Ignores(other));
    }

    [Theory]
    [InlineData("text_model.embeddings.token_embedding.weight", true)]
    [InlineData("model.module.text_model.embeddings.token_embedding.weight", true)]
    [InlineData("module.token_embedding.weight", false)]
    public void Whose_tokenizer_goes_with_it_does_not_hang_on_wrappers(string known, bool isHuggingFace) =>
        Assert.Equal(isHuggingFace, KeyTable.Of([known], "test").IsHuggingFace);

    [Theory]
    [InlineData("student.token_embedding.weight")]
    [InlineData("student.text.token_embedding.weight")]
    [InlineData("student.text_model.embeddings.token_embedding.weight")]
    public void Any_other_common_beginning_is_named_once(string known)
    {
        var refusal = Assert.Throws<ClipException>(() => KeyTable.Of([known, "student.logit_scale", "epoch"], "test")).Message;
        Assert.Contains("found \"student.\" before 2 of 3 names, expected nothing, or _orig_mod., module., model., clip_model.",
            refusal,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_names_are_refused() => Assert.Contains("no CLIP's",
        Assert.Throws<ClipException>(() => KeyTable.Of(["encoder.weight"], "test")).Message, StringComparison.Ordinal);
}
