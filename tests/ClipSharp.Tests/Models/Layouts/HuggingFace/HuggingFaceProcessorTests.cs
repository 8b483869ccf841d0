using System.Text.Json.Nodes;
using ClipSharp.Images;
using ClipSharp.Models.Layouts.HuggingFace;

namespace ClipSharp.Tests.Models.Layouts.HuggingFace;

public sealed class HuggingFaceProcessorTests
{
    [Fact]
    public void The_file_of_the_published_models_is_the_default_in_Hugging_Faces_order()
    {
        var config = Parse("""
            {"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,"feature_extractor_type":"CLIPFeatureExtractor",
             "image_mean":[0.48145466,0.4578275,0.40821073],"image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"size":224}
            """);
        var expected = new PreprocessConfig { Size = 224, Compat = Compat.HuggingFace };

        Assert.Equal(expected.Mean, config.Mean);
        Assert.Equal(expected.Std, config.Std);
        Assert.Equal(expected with { Mean = config.Mean, Std = config.Std }, config);
    }

    [Theory]
    [InlineData("""{"size":{"shortest_edge":64},"crop_size":{"height":64,"width":64}}""", 64, 0, ResizeMode.Shortest, ResampleFilter.Bicubic)]
    [InlineData("""{"size":{"shortest_edge":256},"crop_size":224,"resample":2}""", 224, 256, ResizeMode.Shortest, ResampleFilter.Bilinear)]
    [InlineData("""{"size":{"height":384,"width":384},"do_center_crop":null}""", 384, 0, ResizeMode.Squash, ResampleFilter.Bicubic)]
    [InlineData("""{"size":{"height":32,"width":32},"crop_size":32}""", 32, 0, ResizeMode.Squash, ResampleFilter.Bicubic)]
    public void Size_and_crop_become_a_resize_mode(string json, int size, int resizeSize, ResizeMode mode,
        ResampleFilter interpolation)
    {
        var config = Parse(json);

        Assert.Equal((size, resizeSize, mode, interpolation),
            (config.Size, config.ResizeSize, config.ResizeMode, config.Interpolation));
    }

    [Fact]
    public void Rescaling_and_normalising_become_one_mean_and_deviation()
    {
        var symmetric = Parse("""{"rescale_factor":0.00784313725490196,"image_mean":[1,1,1],"image_std":[1,1,1]}""");
        var raw = Parse("""{"do_rescale":false,"do_normalize":false}""");

        Assert.All(symmetric.Mean, mean => Assert.Equal(0.5, mean, 1e-9)); // value / 127.5 − 1
        Assert.All(symmetric.Std, std => Assert.Equal(0.5, std, 1e-9));
        Assert.All(raw.Mean, mean => Assert.Equal(0, mean));
        Assert.All(raw.Std, std => Assert.Equal(1 / 255.0, std, 1e-12));
    }

    [Theory]
    [InlineData("""{"resample":0}""", "resample")]
    [InlineData("""{"size":{"shortest_edge":200},"crop_size":224}""", "processor has a size")]
    [InlineData("""{"size":{"height":224,"width":224,"depth":3},"do_center_crop":false}""", "size")]
    [InlineData("""{"crop_size":[224,224]}""", "size")]
    [InlineData("""{"image_mean":[0.5,null,0.5]}""", "field")]
    [InlineData("""{"size":{"shortest_edge":null}}""", "field")]
    [InlineData("""{"size":{"height":224,"width":112},"do_center_crop":false}""", "size")]
    [InlineData("""{"size":{"shortest_edge":224,"longest_edge":448}}""", "size")]
    [InlineData("""{"size":{"shortest_edge":224},"do_center_crop":false}""", "do_center_crop")]
    [InlineData("""{"size":{"height":224,"width":224},"crop_size":200}""", "crop_size")]
    [InlineData("""{"do_resize":false}""", "do_resize")]
    [InlineData("""{"do_flip_channel_order":true}""", "do_flip_channel_order")]
    [InlineData("""{"size":"large"}""", "field")]
    [InlineData("""{"image_mean":[0.5,"a",0.5]}""", "field")]
    [InlineData("""{"image_std":[0.5,0,0.5]}""", "std")]
    public void What_cannot_be_followed_is_refused_by_name(string json, string name)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(json));

        Assert.Equal(ClipError.Config, refusal.Kind);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_are_not_understood_are_kept() =>
        Assert.Equal(["crop_pct"], Parse("""{"crop_pct":0.9,"processor_class":"CLIPProcessor"}""").Unknown!.Keys);

    [Theory]
    [InlineData(ResizeMode.Shortest, 0)]
    [InlineData(ResizeMode.Shortest, 80)]
    [InlineData(ResizeMode.Squash, 0)]
    public void What_is_written_reads_back(ResizeMode mode, int resizeSize)
    {
        var config = new PreprocessConfig
        {
            Size = 64,
            ResizeMode = mode,
            ResizeSize = resizeSize,
            Interpolation = ResampleFilter.Bilinear,
            Compat = Compat.HuggingFace,
        };
        var back = HuggingFaceProcessor.Parse(HuggingFaceProcessor.Write(config, 64), "test");

        Assert.Equal(config.Mean, back.Mean);
        Assert.Equal(config with { Mean = back.Mean, Std = back.Std }, back);
    }

    [Theory]
    [InlineData(ResizeMode.Longest, Background.Drop)]
    [InlineData(ResizeMode.Shortest, Background.White)]
    public void What_Hugging_Face_cannot_do_is_not_written(ResizeMode mode, Background background) =>
        Assert.Throws<ClipException>(() => HuggingFaceProcessor
            .Write(new PreprocessConfig { ResizeMode = mode, Background = background }, 64));

    [Fact]
    public void What_is_no_square_is_not_written() =>
        Assert.Contains("found 16x24, expected one side", Assert.Throws<ClipException>(
            () => HuggingFaceProcessor.Write(new PreprocessConfig(), new Extent(16, 24))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_larger_resize_shows_less_of_the_picture()
    {
        var columns = new RgbImage(8, 8, [.. Enumerable.Range(0, 64).SelectMany(i => Enumerable.Repeat((byte)(i % 8), 3))]);
        var planes = new byte[3 * 4 * 4];
        new ImagePreprocessor(new PreprocessConfig { Size = 4, ResizeSize = 8 }, 4).Apply(columns, planes);

        Assert.Equal([2, 3, 4, 5], planes[..4]);
    }

    private static PreprocessConfig Parse(string json) =>
        HuggingFaceProcessor.Parse((JsonObject)JsonNode.Parse(json)!, "test");
}
