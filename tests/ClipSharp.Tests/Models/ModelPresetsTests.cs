using System.Text.Json;
using ClipSharp.Models;

namespace ClipSharp.Tests.Models;

public sealed class ModelPresetsTests
{
    private static readonly string[] Paper =
        ["RN50", "RN101", "RN50x4", "RN50x16", "RN50x64", "ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336"];

    public static TheoryData<string> PaperModels => [.. Paper];

    [Fact]
    public void A_preset_with_a_learnt_vocabulary_or_another_activation_is_said_to_be_one()
    {
        var preset = ModelPresets.Find("ViT-Tiny-64");
        Assert.Equal("ViT-Tiny-64", ModelPresets.Describe(preset));
        Assert.Equal("ViT-Tiny-64 with a vocabulary of 4,096",
            ModelPresets.Describe(preset with { Text = preset.Text with { VocabSize = 4096 } }));
        Assert.Equal("ViT-Tiny-64 with another activation", ModelPresets.Describe(preset with { QuickGelu = true }));
        Assert.Equal("no preset's architecture", ModelPresets.Describe(preset with { EmbedDim = 64 }));
    }

    [Theory]
    [MemberData(nameof(PaperModels))]
    public void State_dict_and_counts_are_those_of_the_published_model(string name)
    {
        using var document = JsonDocument.Parse(Fixtures.Bytes("preset_shapes.json.gz"));
        var expected = document.RootElement.GetProperty(name);
        var config = ModelPresets.Find(name);
        var entries = StateDictShapes.Of(config);

        Assert.Equal(expected.GetProperty("state_dict_order").EnumerateArray().Select(key => key.GetString()),
            entries.Select(e => e.Name));
        foreach (var (part, buffers) in new[] { ("parameter_shapes", false), ("buffer_shapes", true) })
        {
            var shapes = expected.GetProperty(part).EnumerateObject()
                .ToDictionary(entry => entry.Name, entry => string.Join(",", entry.Value.EnumerateArray()));
            Assert.Equal(shapes.OrderBy(pair => pair.Key), entries.Where(e => e.IsBuffer == buffers)
                .Select(e => KeyValuePair.Create(e.Name, string.Join(",", e.Shape))).OrderBy(pair => pair.Key));
        }

        var cost = ModelCost.Of(config);
        Assert.Equal(expected.GetProperty("parameters").GetInt64(), cost.Parameters);
        Assert.Equal(expected.GetProperty("visual_parameters").GetInt64(), cost.ImageParameters);
        Assert.Equal(expected.GetProperty("text_parameters").GetInt64(), cost.TextParameters);
        Assert.Equal(expected.GetProperty("config").GetProperty("vision_heads").GetInt32(), config.Vision.Heads);
        Assert.Equal(expected.GetProperty("config").GetProperty("transformer_heads").GetInt32(), config.Text.Heads);
    }

    [Theory]
    [InlineData("RN50", 6.1)]
    [InlineData("RN101", 9.8)]
    [InlineData("RN50x4", 21.3)]
    [InlineData("RN50x16", 74.7)]
    [InlineData("RN50x64", 264.6)]
    [InlineData("ViT-B-32", 4.4)]
    [InlineData("ViT-B-16", 17.6)]
    [InlineData("ViT-L-14", 81.0)]
    [InlineData("ViT-L-14-336", 191.0)]
    public void Multiply_adds_of_a_picture_are_the_published_ones(string name, double billions) =>
        Assert.Equal(billions, ModelCost.Of(ModelPresets.Find(name)).ImageMultiplyAdds / 1e9, billions * 0.01);

    [Fact]
    public void Every_preset_is_sound()
    {
        foreach (var name in ModelPresets.Names)
        {
            Assert.Empty(ModelPresets.Find(name).Validated(name).UnknownMembers());
            Assert.Equal(name.EndsWith("-quickgelu", StringComparison.Ordinal), ModelPresets.Find(name).QuickGelu);
        }

        Assert.Superset(Paper.Select(name => name + "-quickgelu").ToHashSet(), ModelPresets.Names.ToHashSet());
    }

    [Fact]
    public void What_a_caller_does_to_a_preset_stays_with_the_caller()
    {
        ModelPresets.Find("RN50").Vision.ImageSize = 1;
        Assert.Equal(224, ModelPresets.Find("RN50").Vision.ImageSize);
    }

    [Theory]
    [InlineData("ViT-B/32", "ViT-B-32")]
    [InlineData("ViT-L/14@336px", "ViT-L-14-336")]
    [InlineData("vit-b-16-quickgelu", "ViT-B-16-quickgelu")]
    [InlineData("rn50", "RN50")]
    public void Other_spellings_are_understood(string spelled, string name) =>
        Assert.Equal(ModelPresets.Find(name).ToJson(), ModelPresets.Find(spelled).ToJson());

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest()
    {
        var refusal = Assert.Throws<ClipException>(() => ModelPresets.Find("ViT-B/23"));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains("Did you mean ViT-B-", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("models --all", Refusal("nothing like it"), StringComparison.Ordinal);
        Assert.Contains("convnext_base is not computed here: vision_cfg.timm_model_name: convnext_base", Refusal("convnext-base"),
            StringComparison.Ordinal);

        static string Refusal(string name) => Assert.Throws<ClipException>(() => ModelPresets.Find(name)).Message;
    }

    [Fact]
    public void A_model_that_is_not_computed_is_refused_by_its_member()
    {
        var refusal = Assert.Throws<ClipException>(() => ModelPresets.Find("roberta-ViT-B-32"));
        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains("text_cfg.hf_model_name is not supported: roberta-base", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_read_as_a_model_json()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, ModelPresets.Find("RN50x4").ToJson());
        try
        {
            Assert.Equal(ModelPresets.Find("RN50x4").ToJson(), ModelPresets.Find(path).ToJson());
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => ModelPresets.Find(path)).Kind);
    }
}
