using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Hub;

namespace ClipSharp.Cli.Rendering;

/// <summary>Published models for people, a table, or for programs.</summary>
internal static class PublishedTable
{
    /// <summary>Writes them.</summary>
    public static void Write(Output output, bool asJson)
    {
        if (asJson)
        {
            foreach (var model in PublishedModels.All)
            {
                output.Json(model, PublishedTableJson.Default.PublishedModel);
            }

            return;
        }

        output.Table(
            [new("to pull"), new("or"), new("GB", IsNumber: true), new("ImageNet %", IsNumber: true), new("licence"),
                new("good for")],
            PublishedModels.All.Select(model => (IReadOnlyList<string>)
            [
                model.Repo, $"{model.Architecture}/{model.Tag}", Number(model.Bytes / 1e9),
                model.Imagenet is { } accuracy ? Number(accuracy) : "", model.Licence, model.Use,
            ]));
        output.Line("ImageNet: top-1 of 1,000 classes without training on them, as open_clip measured it. GB: weights in float32.");
        output.Line("Fetch one with clipsharp pull NAME, either one, then give --model hf-hub: with the first. Read its page before you build on it.");
    }

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PublishedModel))]
internal sealed partial class PublishedTableJson : JsonSerializerContext;
