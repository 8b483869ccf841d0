using System.Text;
using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models;

public sealed class ModelInspectionTests
{
    [Theory]
    [InlineData("vit-tiny/huggingface_sharded", "huggingface", "Hugging Face", 2)]
    [InlineData("vit-tiny/open_clip", "open_clip", "OpenAI, open_clip", 1)]
    [InlineData("vit-tiny/openai_jit.pt", "openai", "OpenAI, open_clip", 1)]
    public void A_sound_model_is_told_whole(string place, string layout, string naming, int files)
    {
        var found = ModelInspection.Of(SharedFiles.Fixture(place));
        Assert.Null(found.Problem);
        Assert.Equal((layout, naming, files), (found.Layout, found.Naming, found.Files.Count));
        Assert.Equal(251_649, found.Cost!.Parameters);
        Assert.True(found.Config!.QuickGelu && found.IsActivationKnown);
        Assert.Equal(layout == "openai", found.IsInferred);
        Assert.Null(found.Preset);
        Assert.All(found.Files, file => Assert.Matches("^[0-9a-f]{64}$", file.Sha256));
        Assert.Empty(found.Missing.Concat(found.Unexpected).Concat(found.Misshapen));
    }

    [Fact]
    public void A_bare_state_dict_shows_its_architecture_and_that_heads_and_activation_are_not_known()
    {
        var found = ModelInspection.Of(SharedFiles.Fixture("vit-tiny/state_dict.pt"));
        Assert.False(found.IsActivationKnown || found.AreHeadsKnown);
        Assert.Equal((2, 0, 0), (found.Config!.Text.Layers, found.Config.Text.Heads, found.Config.Vision.Heads));
        Assert.Contains("--model-config", found.Problem, StringComparison.Ordinal);
        Assert.Throws<ClipException>(() => ModelConfig.Parse(Encoding.UTF8.GetBytes(found.Config.ToJson()), "copied as it is"));
    }

    [Fact]
    public void Missing_and_extra_tensors_are_told_in_the_file_s_names()
    {
        var found = ModelInspection.Of(SharedFiles.Fixture("vit-tiny/huggingface/model.safetensors"),
            new ModelOverrides { Config = ReferenceModels.Open("vit-tiny/open_clip").Config with { EmbedDim = 16 } });
        Assert.Equal(["text_projection.weight [32, 64] instead of [16, 64]",
            "visual_projection.weight [32, 64] instead of [16, 64]"], found.Misshapen);
        Assert.NotNull(found.Problem);
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Tensors_that_hold_what_is_no_number_are_named(string format)
    {
        using var folder = new TemporaryFolder();
        var type = Enum.Parse<TensorType>(format);
        ModelConversion.Write(TinyModel.Write(folder["model"]), folder["other"], "open_clip", type);
        var path = folder["other/open_clip_model.safetensors"];
        Assert.Empty(ModelInspection.Of(folder["other"]).NotFinite);
        TinyModel.Spoil(path, "visual.proj");
        var found = ModelInspection.Of(folder["other"]);
        Assert.Equal(["visual.proj"], found.NotFinite);
        Assert.Null(found.Problem);
    }

    [Fact]
    public void Weights_of_something_else_are_no_model_but_are_shown()
    {
        var found = ModelInspection.Of(SharedFiles.Fixture("pickle/odd.safetensors"));
        Assert.Null(found.Naming);
        Assert.Null(found.Config);
        Assert.Contains("no CLIP's", found.Problem, StringComparison.Ordinal);
        Assert.NotEmpty(found.NumberFormats);
    }

    [Fact]
    public void A_preset_is_known_by_its_architecture()
    {
        Assert.All(ModelPresets.Names, name => Assert.Equal(name, ModelPresets.NameOf(ModelPresets.Find(name))));
        Assert.Null(ModelPresets.NameOf(TinyModel.Config));
    }
}
