using System.IO.Compression;
using System.Text.Json;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;
using ClipSharp.Models.Towers;

namespace ClipSharp.Tests.Models;

/// <summary>Published models of further families: what a configuration means, tensor by tensor.</summary>
public sealed class FamilyConfigsTests
{
    private static readonly Lazy<JsonElement> Published = new(() =>
    {
        using var stream = new GZipStream(
            File.OpenRead(SharedFiles.Fixture("preset_shapes_families.json.gz")), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement;
    });

    public static TheoryData<string> Names =>
    [
        "ViT-B-16-SigLIP", "ViT-B-16-SigLIP-i18n-256", "ViT-L-16-SigLIP-256", "ViT-SO400M-14-SigLIP", "ViT-SO400M-14-SigLIP-384",
        "ViT-SO400M-16-SigLIP-i18n-256", "ViT-B-32-SigLIP2-256", "ViT-B-16-SigLIP2", "ViT-L-16-SigLIP2-512",
        "ViT-SO400M-14-SigLIP2",
        "ViT-SO400M-16-SigLIP2-256", "ViT-gopt-16-SigLIP2-256", "ViT-L-14-CLIPA", "ViT-H-14-CLIPA", "ViT-bigG-14-CLIPA-336",
        "ViT-L-14-worldwide", "ViT-H-14-worldwide-quickgelu", "ViT-bigG-14-worldwide", "MobileCLIP2-L-14", "ViT-M-16-alt",
        "ViT-H-14",
        "ViT-bigG-14",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_shapes_and_towers_are_the_published_ones(string name)
    {
        var published = Published.Value.GetProperty(name);
        var config = ModelConfig.Parse(JsonSerializer.SerializeToUtf8Bytes(published.GetProperty("config")), name);

        var expected = published.GetProperty("parameter_shapes").EnumerateObject()
            .Select(shape => (shape.Name, string.Join(',', shape.Value.EnumerateArray()))).Order();
        var found = OpenClipKeys.Of(config).StoredShapes(config)
            .Select(shape => (shape.Name, string.Join(',', shape.Shape))).Order();
        Assert.Equal(expected, found);
        var cost = ModelCost.Of(config);
        Assert.Equal(published.GetProperty("parameters").GetInt64(), cost.Parameters);
        Assert.Equal(published.GetProperty("visual_parameters").GetInt64(), cost.ImageParameters);
        AssertTower(published.GetProperty("towers").GetProperty("vision"), config.ImageBlocks);
        AssertTower(published.GetProperty("towers").GetProperty("text"), config.TextBlocks);
        Assert.Equal(name, ModelPresets.NameOf(config));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_is_read_as_the_same_model(string name)
    {
        var config = ModelConfig.Parse(
            JsonSerializer.SerializeToUtf8Bytes(Published.Value.GetProperty(name).GetProperty("config")), name);

        var again = ModelConfig.Parse(System.Text.Encoding.UTF8.GetBytes(config.ToJson()), name);

        Assert.Equal(config.ToJson(), again.ToJson());
        Assert.Equal(StateDictShapes.Of(config).Select(entry => entry.Name),
            StateDictShapes.Of(again).Select(entry => entry.Name));
        Assert.Equal((config.ImageBlocks, config.TextBlocks), (again.ImageBlocks, again.TextBlocks));
    }

    private static void AssertTower(JsonElement expected, BlockStack found)
    {
        var activation = expected.GetProperty("activation").GetString() switch
        {
            "gelu" => Activation.Gelu,
            "gelu_tanh" => Activation.TanhGelu,
            _ => Activation.QuickGelu,
        };
        Assert.Equal((activation, expected.GetProperty("layer_norm_eps").GetDouble(), expected.GetProperty("heads").GetInt32(),
            expected.GetProperty("layers").GetInt32()), (found.Activation, found.Epsilon, found.Heads, found.Count));
    }
}
