using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary><c>clipsharp models</c>: the presets and what they cost.</summary>
internal static class ModelsCommand
{
    private const string QuickGelu = "-quickgelu";

    // Radford et al. 2021, tables 19 and 20; the last one is for the one epoch at 336 pixels that follows.
    private static readonly Dictionary<string, double> PaperLearningRates = new()
    {
        ["RN50"] = 5e-4,
        ["RN101"] = 5e-4,
        ["RN50x4"] = 5e-4,
        ["RN50x16"] = 4e-4,
        ["RN50x64"] = 3.6e-4,
        ["ViT-B-32"] = 5e-4,
        ["ViT-B-16"] = 5e-4,
        ["ViT-L-14"] = 4e-4,
        ["ViT-L-14-336"] = 2e-5,
    };

    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command("models", "List the architectures by name, with sizes and costs.") { json }
            .WithExample("clipsharp models")
            .WithExample("clipsharp models --json");
        command.SetAction(parsed => Run(parsed.GetValue(json), Output.Of(parsed)));
        return command;
    }

    private static void Run(bool isJson, Output output)
    {
        var models = ModelPresets.Names.Where(name => !name.EndsWith(QuickGelu, StringComparison.Ordinal)).Select(Describe)
            .OrderBy(model => model.ImageGflops + model.TextGflops).ToList();
        if (isJson)
        {
            models.ForEach(model => output.Json(model, ModelRowJson.Default.ModelRow));
            return;
        }

        output.Table(
            [
                new("model"), new("pixels", IsNumber: true), new("embed", IsNumber: true), new("image M", IsNumber: true),
                new("text M", IsNumber: true), new("image G", IsNumber: true), new("text G", IsNumber: true),
                new("learning rate", IsNumber: true),
            ],
            models.Select(model => (IReadOnlyList<string>)
            [
                model.Name, Number(model.ImageSize, "0"), Number(model.EmbedDim, "0"), Number(model.ImageParameters / 1e6, "0.0"),
                Number(model.TextParameters / 1e6, "0.0"), Number(model.ImageGflops, "0.0"), Number(model.TextGflops, "0.0"),
                model.LearningRate is { } rate ? Number(rate, "0.0e-0") : "",
            ]));
        output.Line("M: million parameters. G: 10^9 multiply-adds of a forward pass, which the paper calls GFLOPs. Learning rate: the");
        output.Line("paper's, at batch 32,768. Each name also with -quickgelu, OpenAI's activation, and in OpenAI's spelling: ViT-B/32.");
    }

    private static ModelRow Describe(string name)
    {
        var config = ModelPresets.Find(name);
        var cost = ModelCost.Of(config);
        return new ModelRow(name, config.Vision.ImageSize, config.EmbedDim, config.Text.ContextLength, cost.ImageParameters,
            cost.TextParameters, cost.Parameters, cost.ImageMultiplyAdds / 1e9, cost.TextMultiplyAdds / 1e9,
            PaperLearningRates.TryGetValue(name, out var rate) ? rate : null);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>A line of <c>--json</c>.</summary>
/// <param name="Name">The preset.</param>
/// <param name="ImageSize">Pixels a side.</param>
/// <param name="EmbedDim">E.</param>
/// <param name="ContextLength">T.</param>
/// <param name="ImageParameters">Of the image tower.</param>
/// <param name="TextParameters">Of all else.</param>
/// <param name="Parameters">Both together.</param>
/// <param name="ImageGflops">10^9 multiply-adds of a picture.</param>
/// <param name="TextGflops">10^9 multiply-adds of a text of full length.</param>
/// <param name="LearningRate">The paper's, or null.</param>
internal sealed record ModelRow(
    string Name, int ImageSize, int EmbedDim, int ContextLength, long ImageParameters, long TextParameters, long Parameters,
    double ImageGflops, double TextGflops, double? LearningRate);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelRow))]
internal sealed partial class ModelRowJson : JsonSerializerContext;
