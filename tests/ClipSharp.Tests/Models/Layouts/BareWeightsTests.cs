using System.Runtime.InteropServices;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>Weights without a configuration: what no shape tells is that of a published model with these shapes, or asked
/// for.</summary>
public sealed class BareWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, string> HeadsAndNamings => new(
        from width in (int[])[16, 32, 80]
        from naming in (string[])["openai", "custom_text", "huggingface", "module."]
        select (width, naming));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(HeadsAndNamings))]
    public void Heads_of_a_model_that_nobody_published_are_asked_for(int width, string naming)
    {
        var (model, path) = Bare(TinyModel.WithHeads(width), naming);
        var refusal = Assert.Throws<ClipException>(() => ModelFiles.Open(path, new ModelOverrides { QuickGelu = false }));
        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains("do not say how many attention heads they have (", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--model-config", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("and which activation", Assert.Throws<ClipException>(() => ModelFiles.Open(path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("attention heads", ModelInspection.Of(path, new ModelOverrides { QuickGelu = false }).Problem,
            StringComparison.Ordinal);

        var told = ModelFiles.Open(path, new ModelOverrides { Config = model.Config });
        Assert.Equal(model.Config.ToJson(), told.Config.ToJson());
        Assert.DoesNotContain(told.Notes, note => note.Contains("heads", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(80)]
    public void Told_heads_go_through_every_layout_that_can_say_them(int width)
    {
        var (model, path) = Bare(TinyModel.WithHeads(width), "openai");
        var told = ModelFiles.Open(path, new ModelOverrides { Config = model.Config });
        foreach (var layout in (string[])["open_clip", "huggingface"])
        {
            ModelConversion.Write(told, _folder[layout], layout);
            Assert.Equal(model.Config.ToJson(), ModelFiles.Open(_folder[layout]).Config.ToJson());
        }

        Assert.Contains("64 wide", Assert.Throws<ClipException>(() => ModelConversion.Write(
            ModelFiles.Open(path, new ModelOverrides { Config = model.Config with { QuickGelu = true } }), _folder["pt"],
            "openai")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("huggingface")]
    public void Heads_of_a_published_model_s_shapes_are_taken_and_said(string naming)
    {
        var preset = ModelPresets.Find("ViT-Tiny-64"); // heads of 32 and 64
        var (_, path) = Bare(preset with { Vision = preset.Vision with { ImageSize = 32 } }, naming);
        Assert.Contains("which activation they were trained with",
            Assert.Throws<ClipException>(() => ModelFiles.Open(path)).Message, StringComparison.Ordinal);
        var model = ModelFiles.Open(path, new ModelOverrides { QuickGelu = true });
        Assert.Equal((32, 6, 2, 32, true),
            (model.Config.Vision.HeadWidth, model.Config.Vision.Heads, model.Config.Text.Heads, model.Config.Vision.ImageSize,
                model.Config.QuickGelu));
        const string said = "their shapes are ViT-Tiny-64's, so heads are 32 wide in the image tower and 64 in the text tower";
        Assert.Contains(model.Notes, note => note.Contains(said, StringComparison.Ordinal));
        var found = ModelInspection.Of(path, new ModelOverrides { QuickGelu = true });
        Assert.True(found.AreHeadsKnown && found.Problem is null);
        Assert.Equal(model.Notes, found.Notes);
        Assert.Equal(naming == "huggingface",
            found.Notes.Any(note => note.Contains("how texts are cleaned", StringComparison.Ordinal)));
    }

    [Fact]
    public void Shapes_are_those_of_a_published_model_only_with_its_vocabulary()
    {
        var preset = ModelPresets.Find("ViT-Tiny-64");
        var (_, path) = Bare(preset with { Text = preset.Text with { VocabSize = 2049 } }, "openai");
        Assert.Contains("how many attention heads", Assert.Throws<ClipException>(() => ModelFiles.Open(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plain_preset_s_shapes_lead_to_its_own_heads()
    {
        foreach (var name in ModelPresets.Names)
        {
            var preset = ModelPresets.Find(name);
            if (!preset.HasPlainTowers || preset.Vision.LsInitValue is not null)
            {
                continue; // only plain towers are told by shapes
            }

            var stored = StateDictShapes.Of(preset).ToDictionary(entry => entry.Name,
                entry => new NamedTensor(entry.Name, TensorType.F32, entry.Shape,
                    () => throw new InvalidOperationException("Shapes are enough.")));
            var inferred = ConfigInference.Of(OpenClipKeys.OpenAi, stored, isOpenAi: false, preset.QuickGelu, "memory");
            Assert.True(inferred.AreHeadsKnown, name);
            Assert.Equal(preset.ToJson(), inferred.Config.ToJson());
        }
    }

    [Fact]
    public void A_ratio_gives_its_hidden_width_again()
    {
        for (var width = 1; width <= 2000; width++)
        {
            foreach (var hidden in (int[])[width, width + 1, 3 * width - 1, 4 * width, 6144, 8191])
            {
                Assert.Equal(hidden, (int)(width * MlpRatio.Of(hidden, width)));
            }
        }
    }

    [Theory]
    [InlineData(24)]
    [InlineData(16)]
    public void Long_clip_s_two_tables_of_positions_are_one(int length)
    {
        var tiny = ReferenceModels.Open("vit-tiny/open_clip");
        var config = tiny.Config with { Text = tiny.Config.Text with { ContextLength = length } };
        float[] Table(int start) => [.. Enumerable.Range(start, length * config.Text.Width).Select(value => (float)value)];
        NamedTensor Positions(string name, int start) => new(name, TensorType.F32, [length, config.Text.Width],
            MemoryMarshal.AsBytes<float>(Table(start)).ToArray());
        using (var weights = tiny.OpenWeights())
        using (var file = File.Create(_folder["longclip.safetensors"]))
        {
            SafetensorsWriter.Write(file, weights.Tensors.Values.Where(tensor => tensor.Name != "positional_embedding")
                .Append(Positions("positional_embedding", 0)).Append(Positions("positional_embedding_res", 100_000)));
        }

        var model = ModelFiles.Open(_folder["longclip.safetensors"]);
        Assert.Equal(config.ToJson(), model.Config.ToJson()); // QuickGELU, and heads of 64
        using var read = model.OpenWeights();
        var kept = Math.Min(20, length) * config.Text.Width;
        Assert.Equal([.. Table(0)[..kept], .. Table(100_000)[kept..]], read.Tensors["positional_embedding"].ReadFloats());
        ModelConversion.Write(model, _folder["oc"], "open_clip");
        using var written = ModelFiles.Open(_folder["oc"]).OpenWeights();
        Assert.Equal(read.Tensors["positional_embedding"].ReadFloats(), written.Tensors["positional_embedding"].ReadFloats());
    }

    private (ModelFiles Model, string Path) Bare(ModelConfig config, string naming)
    {
        ModelFiles.Write(_folder["model"], config, new PreprocessConfig(), tokenizer: null, StateDictShapes.Of(config)
            .Select(entry => new NamedTensor(entry.Name, TensorType.F16, entry.Shape,
                new byte[2 * entry.Shape.Aggregate(1L, (a, b) => a * b)])));
        var (model, path) = (ModelFiles.Open(_folder["model"]), _folder["bare.safetensors"]);
        if (naming == "huggingface")
        {
            ModelConversion.Write(model, _folder["hf"], naming);
            File.Copy(_folder["hf/model.safetensors"], path);
        }
        else
        {
            TinyModel.WriteBare(model, path, name => naming == "module." ? naming + name
                : naming == "custom_text" && !name.StartsWith("visual.", StringComparison.Ordinal) && name != "logit_scale"
                    ? "text." + name : name);
        }

        return (model, path);
    }
}
