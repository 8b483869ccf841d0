using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Hub;
using ClipSharp.Images;
using ClipSharp.Models;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary><c>clipsharp models</c>: the presets, what they are and what they cost.</summary>
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
        var name = new Argument<string?>("name")
        {
            Description = "Say more of this one: a name, or a model JSON.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var all = new Option<bool>("--all")
        {
            Description = "Every name, and open_clip's models that are not computed here, each with the reason.",
        };
        var config = new Option<bool>("--config")
        {
            Description = "Print its configuration, to be changed and given to --model of train.",
        };
        var json = SharedOptions.Json();
        var command = new Command("models", "List the architectures by name, with sizes and costs.") { name, all, config, json }
            .WithExample("clipsharp models")
            .WithExample("clipsharp models ViT-B-16-SigLIP")
            .WithExample("clipsharp models ViT-B-16 --config");
        command.Require(parsed => (parsed.GetValue(name), parsed.GetValue(all), parsed.GetValue(config)) switch
        {
            (not null, true, _) => "Give a name or --all.",
            (null, _, true) => "Give the name whose configuration is asked for.",
            _ => parsed.GetValue(config) && parsed.GetValue(json) ? "--config prints JSON already: leave --json out." : null,
        });
        command.SetAction(parsed =>
        {
            var output = Output.Of(parsed);
            var isJson = parsed.GetValue(json);
            if (parsed.GetValue(name) is not { } one)
            {
                List(parsed.GetValue(all), isJson, output);
            }
            else if (parsed.GetValue(config))
            {
                output.Line(ModelPresets.Find(one).ToJson());
            }
            else if (isJson)
            {
                output.Json(Row(one), ModelRowJson.Default.ModelRow);
            }
            else
            {
                Show(one, output);
            }
        });
        return command;
    }

    private static void List(bool isAll, bool isJson, Output output)
    {
        var models = ModelPresets.Names.Where(name => isAll || IsMuchUsed(name)).Select(Row)
            .OrderBy(model => model.ImageGflops + model.TextGflops).ToList();
        var refused = (isAll ? ModelPresets.RefusedNames : [])
            .Select(name => new RefusedRow(name, ModelPresets.WhyRefused(name))).ToList();
        if (isJson)
        {
            models.ForEach(model => output.Json(model, ModelRowJson.Default.ModelRow));
            refused.ForEach(model => output.Json(model, ModelRowJson.Default.RefusedRow));
            return;
        }

        output.Table(
            [
                new("model"), new("pixels", IsNumber: true), new("tokens", IsNumber: true), new("embed", IsNumber: true),
                new("image M", IsNumber: true), new("text M", IsNumber: true), new("image G", IsNumber: true),
                new("text G", IsNumber: true), new("learning rate", IsNumber: true),
            ],
            models.Select(model => (IReadOnlyList<string>)
            [
                model.Name, $"{model.ImageSize}", Number(model.ContextLength, "0"), Number(model.EmbedDim, "0"),
                Number(model.ImageParameters / 1e6, "0.0"), Number(model.TextParameters / 1e6, "0.0"),
                Number(model.ImageGflops, "0.0"), Number(model.TextGflops, "0.0"),
                model.LearningRate is { } rate ? Number(rate, "0.0e-0") : "",
            ]));
        output.Line("M: million parameters. G: 10^9 multiply-adds of a forward pass, which the paper calls GFLOPs. Learning rate: the");
        output.Line("paper's, at batch 32,768. OpenAI's spelling is understood too: ViT-B/32.");
        if (!isAll)
        {
            output.Line(Invariant($"These are much used. models --all lists all {ModelPresets.Names.Count}, those with -quickgelu too, and what is not computed here;"));
            output.Line("models NAME says more of one.");
            return;
        }

        output.Table([new("not computed here"), new("because of")],
            refused.Select(model => (IReadOnlyList<string>)[model.Name, Reasons(model.Refused)]));
    }

    // Of a long list the first are enough to know the kind; --json has them all.
    private static string Reasons(IReadOnlyList<string> members)
    {
        const int Most = 2;
        return string.Join(", ", members.Take(Most)) + (members.Count > Most ? Invariant($" and {members.Count - Most} more") : "");
    }

    // The paper's, our own, and those that published weights worth having are of; the activation is the weights'.
    private static bool IsMuchUsed(string name) => !name.EndsWith(QuickGelu, StringComparison.Ordinal)
        && (PaperLearningRates.ContainsKey(name) || name.Contains("-Tiny-", StringComparison.Ordinal)
            || PublishedModels.Of(name).Count > 0);

    private static void Show(string name, Output output)
    {
        var config = ModelPresets.Find(name);
        var cost = ModelCost.Of(config);
        Say("model", $"{ModelPresets.Describe(config)}, {ModelLines.Activation(config)}");
        Say("image", ModelLines.Image(config, cost));
        Say("text", ModelLines.Text(config, cost));
        Say("space", Invariant($"{config.EmbedDim} numbers{(config.InitLogitBias is null ? "" : "; a logit bias, as the sigmoid loss trains")}"));
        Say("cost", Invariant($"{cost.ImageMultiplyAdds / 1e9:0.0} G for a picture, {cost.TextMultiplyAdds / 1e9:0.0} G for a text; G: 10^9 multiply-adds"));
        Say("tokenizer", config.Text.HfTokenizerName is { Length: > 0 } tokenizer ? $"{tokenizer} of the hub" : "CLIP's");
        var published = PublishedModels.Of(ModelPresets.NameOf(config) ?? name);
        foreach (var weights in published)
        {
            Say("weights", $"clipsharp pull {weights.Repo} ({weights.Architecture}/{weights.Tag}, {weights.Licence})");
        }

        void Say(string what, string text) => output.Line($"{what,-11}{text}");
    }

    private static ModelRow Row(string name)
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
/// <param name="ImageSize">Pixels a side, or height and width.</param>
/// <param name="EmbedDim">E.</param>
/// <param name="ContextLength">T.</param>
/// <param name="ImageParameters">Of the image tower.</param>
/// <param name="TextParameters">Of all else.</param>
/// <param name="Parameters">Both together.</param>
/// <param name="ImageGflops">10^9 multiply-adds of a picture.</param>
/// <param name="TextGflops">10^9 multiply-adds of a text of full length.</param>
/// <param name="LearningRate">The paper's, or null.</param>
internal sealed record ModelRow(
    string Name, Extent ImageSize, int EmbedDim, int ContextLength, long ImageParameters, long TextParameters, long Parameters,
    double ImageGflops, double TextGflops, double? LearningRate);

/// <summary>A line of <c>--json</c> for a model that is not computed here.</summary>
/// <param name="Name">open_clip's.</param>
/// <param name="Refused">The members of its configuration that are not supported.</param>
internal sealed record RefusedRow(string Name, IReadOnlyList<string> Refused);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelRow))]
[JsonSerializable(typeof(RefusedRow))]
internal sealed partial class ModelRowJson : JsonSerializerContext;
