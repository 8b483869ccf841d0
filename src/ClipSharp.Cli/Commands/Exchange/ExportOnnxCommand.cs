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
/// <param name="Precision">In which numbers large weights are kept.</param>
/// <param name="Overrides">What is said of the model beside its files.</param>
internal sealed record ExportOnnxOptions(string Model, string Output, OnnxTowers Towers, OnnxPrecision Precision,
    ModelOverrides Overrides);

/// <summary><c>clipsharp export onnx</c>: a model as ONNX graphs.</summary>
internal static class ExportOnnxCommand
{
    private const int Proofs = 4;
    private const float MostDifference = 1e-4f; // of numbers of unit vectors, in float32
    private const float LeastCosine = 0.999f;   // in fewer bits

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
        var precision = new Option<string>("--precision")
        {
            Description = "How weights are kept: fp32; fp16, half the size; int8, a quarter. All compute in float32.",
            HelpName = "name",
            DefaultValueFactory = _ => Spelling.Of(OnnxPrecision.Fp32),
        };
        precision.OneOf(Spelling.Words<OnnxPrecision>());
        var command = new Command("onnx", "Write a model as ONNX graphs, one a tower, with configuration and tokenizer.") { model,
            folder, tower, precision }
            .WithExample("clipsharp export onnx --model logs/first/checkpoints/epoch_10 --output logs/first/checkpoints/epoch_10/onnx");
        var overrides = new OverrideOptions();
        overrides.AddIdentityTo(command).AddSizesTo(command).AddCleaningTo(command);
        command.SetAction(parsed => Run(
            new ExportOnnxOptions(SharedOptions.ModelPath(parsed.GetValue(model)!, Output.Of(parsed)), parsed.GetValue(folder)!,
                Enum.Parse<OnnxTowers>(parsed.GetValue(tower)!, ignoreCase: true),
                Spelling.Find<OnnxPrecision>(parsed.GetValue(precision))!.Value, overrides.Of(parsed)),
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
                options.Towers, options.Precision);
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
        var sound = true;
        if (options.Towers.HasFlag(OnnxTowers.Image))
        {
            Compare("Pictures", onnx.EncodeImages(inputs.Pictures), torch.EncodeImages(inputs.Pictures));
        }

        if (options.Towers.HasFlag(OnnxTowers.Text))
        {
            Compare("Texts", onnx.EncodeTexts(inputs.Texts), torch.EncodeTexts(inputs.Texts));
        }

        return sound ? 0 : (int)ClipError.Software;

        void Compare(string what, Embeddings got, Embeddings want)
        {
            var (difference, cosine) = (FixedInputs.LargestDifference(got, want), FixedInputs.LeastCosine(got, want));
            var (isExact, least) = (options.Precision == OnnxPrecision.Fp32, Math.Floor(cosine * 1e6) / 1e6);
            output.Line(Invariant($"{what}: features differ from the torch engine's by {difference:0.0e+0} at most")
                + (isExact ? "." : Invariant($", cosine {least:0.000000} at least.")));
            if (!(isExact ? difference <= MostDifference : cosine >= LeastCosine))
            {
                sound = false;
                output.Error("The graph does not compute what the model does: "
                    + (isExact ? Invariant($"more than {MostDifference:0e+0} is too much.") : Invariant($"a cosine below {LeastCosine} is too low."))
                    + " Do not use it.");
            }
        }
    }
}
