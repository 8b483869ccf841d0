using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Models.Layouts.HuggingFace;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>Damaged configurations are read or refused, nothing else.</summary>
public sealed class LayoutMutationTests
{
    private const int Count = 10_000;

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("siglip-tiny")]
    [InlineData("clipa-tiny")]
    [InlineData("worldwide-tiny")]
    [InlineData("mobileclip-tiny")]
    public void Open_clip_s_configuration(string family)
    {
        Fuzz($"{family}/open_clip/open_clip_config.json",
            bytes => JsonFile.Parse(bytes, ConfigJson.Default.FolderConfig, "mutant").Validated("mutant").ToJson());
    }

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("siglip-tiny")]
    [InlineData("worldwide-tiny")]
    public void Huggingface_s_configuration(string family)
    {
        Fuzz($"{family}/huggingface/config.json",
            bytes => JsonFile.Parse(bytes, HuggingFaceJson.Default.HuggingFaceConfig, "mutant").ToModel("mutant").ToJson());
    }

    [Theory]
    [InlineData("vit-tiny")]
    [InlineData("siglip-tiny")]
    public void Huggingface_s_preprocessing(string family)
    {
        Fuzz($"{family}/huggingface/preprocessor_config.json",
            bytes => HuggingFaceProcessor.Parse(JsonFile.Parse(bytes, HuggingFaceJson.Default.JsonObject, "mutant"),
                "mutant"));
    }

    [Fact]
    public void The_index_of_shards()
    {
        var whole = JsonNode.Parse(File.ReadAllText(
            SharedFiles.Fixture("vit-tiny/huggingface_sharded/model.safetensors.index.json")))!;
        var few = new JsonObject(whole["weight_map"]!.AsObject().Take(6)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        Fuzz(Encoding.UTF8.GetBytes(new JsonObject { ["metadata"] = whole["metadata"]!.DeepClone(), ["weight_map"] = few }
            .ToJsonString()),
            bytes => JsonFile.Parse(bytes, HuggingFaceJson.Default.ShardIndex, "mutant").Validated("mutant"));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../other.safetensors")]
    [InlineData("a/b.safetensors")]
    [InlineData("c:x.safetensors")]
    [InlineData("..safetensors")]
    [InlineData("model.txt")]
    [InlineData("m\u0000.safetensors")]
    [InlineData("con.safetensors")]
    [InlineData("NUL.model.bin")]
    [InlineData("Com1.safetensors")]
    public void A_shard_that_is_no_bare_name_is_refused(string shard)
    {
        var index = Encoding.UTF8.GetBytes($$$"""{"weight_map": {"logit_scale": {{{JsonSerializer.Serialize(shard)}}}}}""");
        Assert.Contains("bare names", Assert.Throws<ClipException>(
            () => JsonFile.Parse(index, HuggingFaceJson.Default.ShardIndex, "test").Validated("test")).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_no_shards_or_of_too_many_is_refused()
    {
        Assert.Contains("0 shards", Refusal("{}"), StringComparison.Ordinal);
        Assert.Contains("1001 shards",
            Refusal($"{{{string.Join(",", Enumerable.Range(0, 1001).Select(i => $"\"{i}\":\"{i}.safetensors\""))}}}"),
            StringComparison.Ordinal);
        Assert.Contains("bare names", Refusal("""{"logit_scale": null}"""), StringComparison.Ordinal);
        Assert.Contains("bare names", Refusal($$"""{"logit_scale": "{{new string('x', 252)}}.bin"}"""), StringComparison.Ordinal);
        static string Refusal(string map) => Assert.Throws<ClipException>(() => JsonFile.Parse(
            Encoding.UTF8.GetBytes($$"""{"weight_map": {{map}}}"""), HuggingFaceJson.Default.ShardIndex, "test")
                .Validated("test")).Message;
    }

    [Theory]
    [InlineData("model_type", "\"siglip2\"", "model_type is \"siglip2\"")]
    [InlineData("text_config.hidden_act", "\"gelu_new\"", "text_config.hidden_act is \"gelu_new\"")]
    [InlineData("vision_config.hidden_act", "\"gelu\"", "do not go together")]
    [InlineData("vision_config.layer_norm_eps", "0", "vision_cfg.norm_kwargs.eps = 0")]
    [InlineData("vision_config.num_channels", "1", "num_channels = 1")]
    [InlineData("text_config.num_attention_heads", "7", "num_attention_heads = 7")]
    [InlineData("text_config.num_attention_heads", "0", "text_config.num_attention_heads = 0")]
    [InlineData("text_config.hidden_size", "40000", "text_config.hidden_size = 40000")]
    public void What_huggingface_s_configuration_says_and_we_do_not_compute_is_named(string path, string value, string expected)
    {
        var json = JsonNode.Parse(File.ReadAllText(SharedFiles.Fixture("vit-tiny/huggingface/config.json")))!;
        var parent = path.Contains('.', StringComparison.Ordinal) ? json[path.Split('.')[0]]! : json;
        parent[path.Split('.')[^1]] = JsonNode.Parse(value);
        Assert.Contains(expected, Assert.Throws<ClipException>(() => Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_member_has_transformers_default_and_an_old_end_token_means_the_largest_id()
    {
        var least = JsonFile.Parse("""{"model_type": "clip", "text_config": {"eos_token_id": 2}}"""u8, HuggingFaceJson.Default.HuggingFaceConfig, "test");
        Assert.Equal(ModelPresets.Find("ViT-B-32-quickgelu").ToJson(), least.ToModel("test").ToJson());
        Assert.Null(least.EndToken);
        Assert.Equal(511, JsonFile.Read(SharedFiles.Fixture("vit-tiny/huggingface/config.json"),
            HuggingFaceJson.Default.HuggingFaceConfig).EndToken);
    }

    [Fact]
    public void A_tower_that_old_files_repeat_counts_alone()
    {
        var json = """{"model_type": "clip", "projection_dim": 768, "text_config": {"hidden_size": 512, "num_hidden_layers": 3}, "text_config_dict": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12}, "vision_config_dict": null}"""u8;
        var text = JsonFile.Parse(json, HuggingFaceJson.Default.HuggingFaceConfig, "test").ToModel("test").Text;
        Assert.Equal((768, 12, 12), (text.Width, text.Heads, text.Layers));
    }

    private static ModelConfig Parse(JsonNode json) =>
        JsonFile.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), HuggingFaceJson.Default.HuggingFaceConfig, "test")
            .ToModel("test");

    private static void Fuzz(string fixture, Action<byte[]> read) => Fuzz(File.ReadAllBytes(SharedFiles.Fixture(fixture)), read);

    private static void Fuzz(byte[] sound, Action<byte[]> read)
    {
        var report = Mutations.Run(sound, read, Count);
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
    }
}
