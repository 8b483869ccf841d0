using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Files;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Weights;
using static System.FormattableString;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary>What to convert.</summary>
/// <param name="Model">A model in any layout.</param>
/// <param name="Output">The folder or file to make.</param>
/// <param name="Layout">The layout to write.</param>
/// <param name="Numbers">The format of the weights; null = as they are.</param>
/// <param name="Overrides">What is said beside the files.</param>
internal sealed record ConvertOptions(string Model, string Output, string Layout, TensorType? Numbers, ModelOverrides Overrides);

/// <summary><c>clipsharp convert</c>: a model from one layout to another, with a proof.</summary>
internal static class ConvertCommand
{
    private const int Proofs = 4;

    private static readonly Dictionary<string, TensorType> Formats = new()
    {
        ["fp32"] = TensorType.F32,
        ["fp16"] = TensorType.F16,
        ["bf16"] = TensorType.BF16,
    };

    public static Command Create()
    {
        var model = new Argument<string>("model")
        {
            Description = "A folder of open_clip's or Hugging Face's, or a file of weights.",
        };
        var output = new Argument<string>("output")
        {
            Description = "The folder to make, or the file for openai. It must not exist.",
        };
        var layout = new Option<string>("--to")
        {
            Description = "open_clip, huggingface, or openai (one file that clip.load takes).",
            HelpName = "layout",
            Required = true,
        };
        layout.OneOf([.. ModelConversion.Layouts]);
        var numbers = new Option<string?>("--dtype")
        {
            Description = "Number format of the weights: fp32, fp16 or bf16. [default: as they are]",
            HelpName = "name",
        };
        numbers.OneOf([.. Formats.Keys]);
        var overrides = new OverrideOptions();
        var command = new Command("convert", "Write a model in another layout, and prove that its features stay.")
        {
            model, output, layout, numbers,
        }
            .WithExample("clipsharp convert logs/first first-huggingface --to huggingface")
            .WithExample("clipsharp convert ViT-B-32.pt clip-vit-b-32 --to huggingface --tokenizer bpe_simple_vocab_16e6.txt.gz")
            .WithExample("clipsharp convert clip-vit-b-32 clip-vit-b-32.pt --to openai --dtype fp16");
        overrides.AddIdentityTo(command).AddSizesTo(command);
        command.SetAction(parsed => Run(
            new ConvertOptions(SharedOptions.ModelPath(parsed.GetValue(model)!, Output.Of(parsed)), parsed.GetValue(output)!,
                parsed.GetValue(layout)!,
                parsed.GetValue(numbers) is { } format ? Formats[format] : null, overrides.Of(parsed)),
            Output.Of(parsed)));
        return command;
    }

    private static void Run(ConvertOptions options, Output output)
    {
        AtomicFolder.RequireAbsent(options.Output);
        var source = OverrideOptions.Open(options.Model, options.Overrides, output);
        ModelConversion.Write(source, options.Output, options.Layout, options.Numbers);
        var result = ModelFiles.Open(options.Output);
        output.Line(Invariant($"{ModelPresets.Describe(source.Config)}, {ModelCost.Of(source.Config).Parameters:N0} parameters: {source.Layout} to {result.Layout}"));
        foreach (var file in Written(options.Output))
        {
            output.Line(Invariant($"{ByteSize.Megabytes(file.Length),12}  {Path.GetRelativePath(Environment.CurrentDirectory, file.FullName)}"));
        }

        if (!source.HasTokenizer && options.Layout != "openai")
        {
            output.Note("no tokenizer lies beside the weights, so none was written; --tokenizer names one");
        }

        foreach (var loss in ModelConversion.Losses(source, options.Layout))
        {
            output.Note(loss);
        }

        Prove(source, result, output);
    }

    private static void Prove(ModelFiles source, ModelFiles result, Output output)
    {
        var inputs = FixedInputs.Of(source.Config, Proofs);
        var before = Features(source, inputs);
        var after = Features(result, inputs);
        output.Line(Invariant($"largest difference of features, source to result, on {Proofs} fixed pictures and texts: image {FixedInputs.LargestDifference(before.Images, after.Images):0.0e+0}, text {FixedInputs.LargestDifference(before.Texts, after.Texts):0.0e+0}"));
    }

    // One model at a time in memory.
    private static (Embeddings Images, Embeddings Texts) Features(ModelFiles model, FixedInputs inputs)
    {
        using var encoder = TorchEncoder.Load(model, precision: "fp32");
        return (encoder.EncodeImages(inputs.Pictures), encoder.EncodeTexts(inputs.Texts));
    }

    private static IEnumerable<FileInfo> Written(string path) => Directory.Exists(path)
        ? new DirectoryInfo(path).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
        : [new FileInfo(path)];
}
