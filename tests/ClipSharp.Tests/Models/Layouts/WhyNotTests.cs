using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

/// <summary>Each reason why a layout cannot say a model, alone.</summary>
public sealed class WhyNotTests : IDisposable
{
    private static readonly ModelConfig Config = new()
    {
        EmbedDim = 8,
        QuickGelu = true,
        Vision = new VisionConfig { Layers = [1], ImageSize = 8, PatchSize = 8, Width = 64 },
        Text = new TextConfig { ContextLength = 4, VocabSize = 4, Width = 64, Heads = 1, Layers = 1 },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_model_of_these_tests_can_be_said_in_every_layout()
    {
        var model = Write(Config);
        Assert.All(ModelConversion.Layouts, layout => ModelConversion.Write(model, _folder["as-" + layout], layout));
    }

    [Fact]
    public void OpenAI_s_code_takes_heads_and_perceptrons_to_have_one_width()
    {
        Assert.Contains("all heads to be 64 wide",
            Refusal(Config with { Vision = Config.Vision with { HeadWidth = 32 } }, "openai"), StringComparison.Ordinal);
        Assert.Contains("all heads to be 64 wide", Refusal(Config with { Text = Config.Text with { Heads = 2 } }, "openai"),
            StringComparison.Ordinal);
        Assert.Contains("every MLP to be 4 times",
            Refusal(Config with { Vision = Config.Vision with { MlpRatio = 2 } }, "openai"), StringComparison.Ordinal);
        Assert.Contains("every MLP to be 4 times", Refusal(Config with { Text = Config.Text with { MlpRatio = 2 } }, "openai"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("huggingface", "transformers' models see squares, and this model pictures of 16x24 pixels")]
    [InlineData("openai", "openai/CLIP sees squares, and this model pictures of 16x24 pixels")]
    public void Squares_are_all_that_other_layouts_say(string layout, string reason) => Assert.Contains(reason,
        Refusal(Config with { Vision = Config.Vision with { ImageSize = new Extent(16, 24) } }, layout),
            StringComparison.Ordinal);

    [Fact]
    public void A_class_token_behind_the_text_has_a_place_in_open_clip_s_layout_alone()
    {
        var config = Config with { Text = Config.Text with { EmbedCls = true } };
        Assert.Contains("causal mask", Refusal(config, "huggingface"), StringComparison.Ordinal);
        Assert.Contains("causal mask", Refusal(config, "openai"), StringComparison.Ordinal);
        ModelConversion.Write(Write(config), _folder["open_clip"], "open_clip");
        Assert.True(ModelFiles.Open(_folder["open_clip"]).Config.Text.EmbedCls);
    }

    [Fact]
    public void Preprocessing_that_a_layout_has_no_words_for_is_told()
    {
        Assert.Contains("cannot fit the long side",
            Refusal(Config, "huggingface", new PreprocessConfig { ResizeMode = ResizeMode.Longest }), StringComparison.Ordinal);
        Assert.Contains("resizes to 12 first", Refusal(Config, "open_clip", new PreprocessConfig { Size = 8, ResizeSize = 12 }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_openai_s_code_cannot_compute_is_told_at_once() =>
        Assert.Contains("has GELU; it takes all heads to be 64 wide, and this model's are not; it takes every MLP",
        Refusal(Config with { QuickGelu = false, Text = Config.Text with { Heads = 2, MlpRatio = 2 } }, "openai"),
        StringComparison.Ordinal);

    [Fact]
    public void A_model_of_the_paper_s_loses_nothing_but_the_way_of_cleaning_texts()
    {
        var model = Write(Config);
        Assert.Empty(ModelConversion.Losses(model, "open_clip"));
        Assert.Empty(ModelConversion.Losses(model, "openai"));
        Assert.Contains("cleaned in Hugging Face's way", Assert.Single(ModelConversion.Losses(model, "huggingface")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_layout_has_no_place_for_is_left_out_and_named()
    {
        var model = Write(Config,
            new PreprocessConfig
            {
                Background = Background.White,
                Exif = true,
                Mean = [0.5, 0.5, 0.5],
                ResizeMode = ResizeMode.Squash,
            });
        Assert.Contains(ModelConversion.Losses(model, "open_clip"),
            loss => loss.Contains("passes over the background white", StringComparison.Ordinal));
        var losses = ModelConversion.Losses(model, "huggingface");
        Assert.Contains(losses, loss => loss.Contains("on white, it drops the alpha", StringComparison.Ordinal));
        Assert.Contains(losses, loss => loss.Contains("EXIF", StringComparison.Ordinal));
        ModelConversion.Write(model, _folder["hf"], "huggingface");
        Assert.Equal(Background.Drop, ModelFiles.Open(_folder["hf"]).Preprocess.Background);
        Assert.Contains("another mean, resize_mode, background, exif", Assert.Single(ModelConversion.Losses(model, "openai")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_that_is_none_is_refused_with_those_that_are()
    {
        var refusal = Assert.Throws<ClipException>(() => ModelConversion.Write(Write(Config), _folder["x"], "keras"));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains("open_clip, huggingface, openai", refusal.Message, StringComparison.Ordinal);
    }

    private string Refusal(ModelConfig config, string layout, PreprocessConfig? preprocess = null)
    {
        var refusal = Assert.Throws<ClipException>(() => ModelConversion.Write(Write(config, preprocess), _folder["x"], layout));
        Assert.False(Path.Exists(_folder["x"]));
        return refusal.Message;
    }

    private ModelFiles Write(ModelConfig config, PreprocessConfig? preprocess = null)
    {
        var path = _folder[Guid.NewGuid().ToString("N")];
        ModelFiles.Write(path, config, preprocess ?? new PreprocessConfig(), tokenizer: null, StateDictShapes.Of(config)
            .Select(entry => new NamedTensor(entry.Name, TensorType.F32, entry.Shape,
                new byte[4 * entry.Shape.Aggregate(1L, (a, b) => a * b)])));
        return ModelFiles.Open(path);
    }
}
