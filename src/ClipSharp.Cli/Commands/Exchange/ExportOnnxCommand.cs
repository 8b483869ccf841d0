using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Torch;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary>What to export.</summary>
/// <param name="Model">A model.</param>
/// <param name="Output">The folder to make.</param>
/// <param name="Towers">Which towers.</param>
/// <param name="Overrides">What is said of the model beside its files.</param>
internal sealed record ExportOnnxOptions(string Model, string Output, OnnxTowers Towers, ModelOverrides Overrides);

/// <summary><c>clipsharp export onnx</c>: a model as ONNX graphs.</summary>
internal static class ExportOnnxCommand
{
    private const int Proofs = 4;
    private const float MostDifference = 1e-4f;

    public static Command Create()
    {
        var model = SharedOptions.Model();
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder to make; --engine finds \"onnx\" in the model's own folder.",
            HelpName = "path",
            Required = true,
        };
        var tower = new Option<string>("--tower")
        {
            Description = "image, text, or both.",
            HelpName = "name",
            DefaultValueFactory = _ => "both",
        };
        tower.OneOf("image", "text", "both");
        var command = new Command("onnx", "Write a model as ONNX graphs, one a tower, with configuration and tokenizer.") { model,
            folder, tower }
            .WithExample("clipsharp export onnx --model logs/first/checkpoints/epoch_10 --output logs/first/checkpoints/epoch_10/onnx");
        var overrides = new OverrideOptions();
        overrides.AddIdentityTo(command).AddSizesTo(command).AddCleaningTo(command);
        command.SetAction(parsed => Run(
            new ExportOnnxOptions(SharedOptions.ModelPath(parsed.GetValue(model)!, Output.Of(parsed)), parsed.GetValue(folder)!,
                Enum.Parse<OnnxTowers>(parsed.GetValue(tower)!, ignoreCase: true), overrides.Of(parsed)),
            Output.Of(parsed)));
        return command;
    }

    private static int Run(ExportOnnxOptions options, Output output)
    {
        AtomicFolder.RequireAbsent(options.Output);
        var model = OverrideOptions.Open(options.Model, options.Overrides, output);
        using (var weights = model.OpenWeights())
        {
            OnnxExporter.Write(options.Output, model.Config, model.Preprocess, model.LoadTokenizer(), weights.Tensors.Values,
                options.Towers);
        }

        foreach (var file in new DirectoryInfo(options.Output).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            output.Line(Invariant($"{Math.Ceiling(file.Length / 1e3),12:N0} kB  {Path.Combine(options.Output, file.Name)}"));
        }

        return Prove(options, model, output);
    }

    private static int Prove(ExportOnnxOptions options, ModelFiles model, Output output)
    {
        var inputs = FixedInputs.Of(model.Config, Proofs);
        using var onnx = new OnnxEncoder(OnnxFolder.Open(options.Output));
        using var torch = TorchEncoder.Load(model, precision: "fp32");
        var differences = new List<float>();
        if (options.Towers.HasFlag(OnnxTowers.Image))
        {
            differences.Add(FixedInputs.LargestDifference(onnx.EncodeImages(inputs.Pictures),
                torch.EncodeImages(inputs.Pictures)));
            output.Line(Invariant($"Pictures: features differ from the torch engine's by {differences[^1]:0.0e+0} at most."));
        }

        if (options.Towers.HasFlag(OnnxTowers.Text))
        {
            differences.Add(FixedInputs.LargestDifference(onnx.EncodeTexts(inputs.Texts), torch.EncodeTexts(inputs.Texts)));
            output.Line(Invariant($"Texts: features differ from the torch engine's by {differences[^1]:0.0e+0} at most."));
        }

        if (differences.All(difference => difference <= MostDifference))
        {
            return 0;
        }

        output.Error(Invariant($"The graphs do not compute what the model does: more than {MostDifference:0e+0} is too much. Do not use them."));
        return (int)ClipError.Software;
    }
}
