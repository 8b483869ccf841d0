using System.IO.Compression;
using System.Text.Json;

namespace ClipSharp.Cli.Tests.Commands.Exchange;

public sealed class ModelsCommandTests
{
    [Fact]
    public async Task Parameters_are_the_references_and_each_published_model_has_the_papers_rate()
    {
        using var shapes = new GZipStream(File.OpenRead(SharedFiles.Fixture("preset_shapes.json.gz")),
            CompressionMode.Decompress);
        var expected = JsonDocument.Parse(shapes).RootElement;
        var rows = (await Run("models", "--json")).TrimEnd().Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(row => row.GetProperty("name").GetString()!);

        string[] published =
            ["RN50", "RN101", "RN50x4", "RN50x16", "RN50x64", "ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336"];
        foreach (var name in published)
        {
            Assert.Equal(expected.GetProperty(name).GetProperty("parameters").GetInt64(),
                rows[name].GetProperty("parameters").GetInt64());
            Assert.Equal(
                expected.GetProperty(name).GetProperty("visual_parameters").GetInt64(),
                rows[name].GetProperty("image_parameters").GetInt64());
            Assert.InRange(rows[name].GetProperty("learning_rate").GetDouble(), 2e-5, 5e-4);
        }

        Assert.Equal(4.4, rows["ViT-B-32"].GetProperty("image_gflops").GetDouble(), 0.05);
        Assert.Equal(264.6, rows["RN50x64"].GetProperty("image_gflops").GetDouble(), 0.5);
    }

    [Fact]
    public async Task The_table_has_a_line_a_model()
    {
        var table = await Run("models");

        Assert.Contains("ViT-L-14-336", table, StringComparison.Ordinal);
        Assert.Contains("3.6e-4", table, StringComparison.Ordinal);
        Assert.DoesNotContain("\n  ViT-B-32-quickgelu", table, StringComparison.Ordinal);
        Assert.Contains("ViT-B-16-SigLIP2 ", table, StringComparison.Ordinal);
        Assert.DoesNotContain("ViT-e-14", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_of_open_clip_s_names_are_listed_computed_or_refused_with_the_member()
    {
        var table = await Run("models", "--all");
        Assert.Contains("ViT-B-32-quickgelu", table, StringComparison.Ordinal);
        Assert.Matches("convnext_base +vision_cfg.timm_model_name: convnext_base\n", table);
        Assert.Matches("coca_base +multimodal_cfg, .* and [0-9] more\n", table);

        var rows = (await Run("models", "--all", "--json")).TrimEnd().Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(82 + 3, rows.Count(row => row.TryGetProperty("parameters", out _)));
        Assert.Equal(99, rows.Count(row => row.TryGetProperty("refused", out _)));
    }

    [Fact]
    public async Task One_model_is_shown_with_its_weights_or_as_the_configuration_that_makes_it()
    {
        var shown = await Run("models", "ViT-B-16-SigLIP");
        Assert.Contains("pooled by attention, 92,884,224 parameters", shown, StringComparison.Ordinal);
        Assert.Contains("no mask, 64 tokens of 32,000, read at the last token", shown, StringComparison.Ordinal);
        Assert.Contains("clipsharp pull timm/ViT-B-16-SigLIP", shown, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["mine.json"], await Run("models", "ViT-B-16-SigLIP", "--config"),
            TestContext.Current.CancellationToken);
        Assert.Equal(shown, await Run("models", folder["mine.json"]));
        var wide = (await File.ReadAllTextAsync(folder["mine.json"], TestContext.Current.CancellationToken))
            .Replace("\"image_size\": 224", "\"image_size\": [224, 336]", StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["wide.json"], wide, TestContext.Current.CancellationToken);
        Assert.Contains("12 heads, 224x336 px, pooled", await Run("models", folder["wide.json"]), StringComparison.Ordinal);
        Assert.Contains("\"image_size\":[224,336],", await Run("models", folder["wide.json"], "--json"), StringComparison.Ordinal);
        Assert.Contains("\"image_size\":224,\"embed_dim\":768,", await Run("models", "ViT-B-16-SigLIP", "--json"), StringComparison.Ordinal);
        Assert.Contains("\"parameters\":203155970", await Run("models", "ViT-B-16-SigLIP", "--json"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder["class.json"],
            """{"embed_dim":512,"vision_cfg":{"layers":12,"width":768,"patch_size":32},"text_cfg":{"embed_cls":true}}""",
            TestContext.Current.CancellationToken);
        Assert.Contains("77 tokens of 49,408, read at a class token behind the text", await Run("models", folder["class.json"]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("convnext_base", 78, "This model is not computed here (convnext_base): found vision_cfg.timm_model_name is not supported: convnext_base")]
    [InlineData("ViT-B-16-SigLIB", 64, "Did you mean ViT-B-16-SigLIP?")]
    [InlineData("--config", 64, "Give the name whose configuration is asked for.")]
    public async Task What_cannot_be_shown_is_refused_with_the_reason(string argument, int exit, string reason)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(exit, await CommandLine.Run(Program.Root(), ["models", argument], output, error));
        Assert.Contains(reason, error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await CommandLine.Run(Program.Root(), arguments, output, error));
        return output.ToString().ReplaceLineEndings("\n");
    }
}
