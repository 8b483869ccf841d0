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
    }

    private static async Task<string> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await CommandLine.Run(Program.Root(), arguments, output, error));
        return output.ToString().ReplaceLineEndings("\n");
    }
}
