using System.CommandLine;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary><c>clipsharp inspect</c>: what a model or a file of weights is, without loading it.</summary>
internal static class InspectCommand
{
    private const int MostNames = 10;

    public static Command Create()
    {
        var model = new Argument<string>("model")
        {
            Description = "A folder of open_clip's or Hugging Face's, or a file of weights.",
        };
        var json = SharedOptions.Json();
        var overrides = new OverrideOptions();
        var command = new Command("inspect", "Say what a model or a file of weights is, without loading it.") { model, json }
            .WithExample("clipsharp inspect ViT-B-32.pt")
            .WithExample("clipsharp inspect logs/first --json");
        overrides.AddIdentityTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var path = SharedOptions.WholeModelPath(parsed.GetValue(model)!, output, cancel);
            Run(ModelInspection.Of(path, overrides.Of(parsed)), parsed.GetValue(json), output);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(ModelInspection found, bool isJson, Output output)
    {
        if (isJson)
        {
            output.Json(found, ModelInspectionJson.Default.ModelInspection);
            return;
        }

        Say("layout", found.Layout == "openai"
            ? $"one file, names of {found.Naming ?? "nobody known"}"
            : $"{found.Layout}, names of {found.Naming ?? "nobody known"}");
        if (found.Config is { } config)
        {
            var activation = found.IsActivationKnown ? ModelLines.Activation(config) : "activation not known";
            var origin = found.IsInferred ? ", told by the shapes" : "";
            Say("model", $"{ModelPresets.Describe(config)}, {activation}{origin}");
            Say("image", ModelLines.Image(config, found.Cost!));
            Say("text", ModelLines.Text(config, found.Cost!));
            Say("space", Invariant($"{config.EmbedDim} numbers"));
        }

        Say("numbers", string.Join(", ", found.NumberFormats.Select(format => Invariant($"{format.Value:N0} {format.Key}"))));
        foreach (var file in found.Files)
        {
            Say("file", Invariant($"{file.Path}: {file.Container}, {file.Bytes:N0} bytes, {file.Tensors} tensors"));
            Say("sha256", file.Sha256);
            foreach (var (name, value) in file.Metadata)
            {
                Say("metadata", $"{name}: {value}");
            }
        }

        Names("unknown", found.UnknownMembers);
        Names("missing", found.Missing);
        Names("extra", found.Unexpected);
        Names("misshapen", found.Misshapen);
        Names("NaN, inf", found.NotFinite);
        foreach (var note in found.Notes)
        {
            Say("note", note);
        }

        Say("verdict", found.Problem is not null ? "cannot be opened as it is: " + found.Problem
            : found.NotFinite.Count > 0 ? "complete, but numbers are NaN or infinite: its vectors cannot be used"
            : "complete");

        void Say(string what, string text) => output.Line($"{what,-10}{text}");
        void Names(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
            {
                var more = names.Count > MostNames ? Invariant($" and {names.Count - MostNames} more") : "";
                Say(what, Invariant($"{names.Count}: {string.Join(", ", names.Take(MostNames))}{more}"));
            }
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelInspection))]
internal sealed partial class ModelInspectionJson : JsonSerializerContext;
