using System.Text.Json;
using ClipSharp.Images;

namespace ClipSharp.Tests.Images;

public sealed class AugmentationConfigTests
{
    [Fact]
    public void Settings_are_read_as_open_clip_spells_them()
    {
        var config = AugmentationConfig.Parse(
            ["scale=(0.4, 1)", "color_jitter=[0.32,0.32,0.32,0.08]", "color_jitter_prob=0.8", "background='white'", "zoom=None"]);

        Assert.Equal([0.4, 1], config.Scale!);
        Assert.Equal([0.32, 0.32, 0.32, 0.08], config.ColorJitter!);
        Assert.Equal(0.8, config.ColorJitterProb);
        Assert.Equal(Background.White, config.Background);
        Assert.Null(config.Zoom);
        Assert.Equal([0.75, 4.0 / 3], config.Ratio);
    }

    [Fact]
    public void No_settings_are_the_papers_crop()
    {
        var config = AugmentationConfig.Parse([]);

        Assert.Null(config.Scale);
        Assert.Equal(0, config.Flip);
    }

    [Theory]
    [InlineData("scal=(0.4,1)", "Did you mean scale?")]
    [InlineData("flip", "name=value")]
    [InlineData("nothing_like_it=1", "Known are")]
    [InlineData("unknown=1", "Known are")]
    [InlineData("flip=often", "wrong kind")]
    [InlineData("flip=(0.4,1)", "wrong kind")]
    [InlineData("flip=1.5", "flip = ")]
    [InlineData("flip=NaN", "flip = ")]
    [InlineData("rotate=Infinity", "rotate = ")]
    [InlineData("scale=(NaN,1)", "scale = ")]
    [InlineData("scale=(0.4,1.2)", "scale = ")]
    [InlineData("scale=(1,0.4)", "scale = ")]
    [InlineData("scale=(0.4)", "scale = ")]
    [InlineData("ratio=None", "ratio = ")]
    [InlineData("zoom=(0,2)", "zoom = ")]
    [InlineData("color_jitter=(1,1,1,1)", "color_jitter = ")]
    [InlineData("rotate=181", "rotate = ")]
    [InlineData("shift=1.5", "shift = ")]
    [InlineData("shear=46", "shear = ")]
    [InlineData("color_jitter_prob=2", "color_jitter_prob = ")]
    [InlineData("gray_scale_prob=-1", "gray_scale_prob = ")]
    [InlineData("invert_prob=2", "invert_prob = ")]
    [InlineData("posterize_prob=2", "posterize_prob = ")]
    [InlineData("blur_prob=2", "blur_prob = ")]
    [InlineData("noise_prob=2", "noise_prob = ")]
    [InlineData("erase_prob=2", "erase_prob = ")]
    [InlineData("background=pink", "background = ")]
    public void What_is_wrong_is_told(string pair, string told)
    {
        var refusal = Assert.Throws<ClipException>(() => AugmentationConfig.Parse([pair]));

        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_survives_its_json_with_what_it_does_not_know()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        var config = JsonSerializer.Deserialize<AugmentationConfig>("{\"gray_scale_prob\":0.2,\"re_count\":1}", options)!;
        var again = JsonSerializer.Serialize(config, options);

        Assert.Equal(0.2, config.GrayScaleProb);
        Assert.Contains("re_count", config.Unknown!.Keys);
        Assert.Contains("\"re_count\":1", again, StringComparison.Ordinal);
    }
}
