using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models;

namespace ClipSharp.Cli.Commands;

/// <summary>What to compare.</summary>
/// <param name="Images">Picture files.</param>
/// <param name="Texts">Texts.</param>
/// <param name="IsSoftmax">Show probabilities that sum to 1 along each row instead of cosines.</param>
/// <param name="IsProbability">Show the model's own probabilities instead of cosines.</param>
/// <param name="IsJson">A JSON object a row.</param>
/// <param name="IsStrict">Refuse texts that would be cut.</param>
internal sealed record SimilarityOptions(
    IReadOnlyList<string> Images, IReadOnlyList<string> Texts, bool IsSoftmax, bool IsProbability, bool IsJson, bool IsStrict);

/// <summary><c>clipsharp similarity</c>: the matrix of a few pictures and texts.</summary>
internal static class SimilarityCommand
{
    public static Command Create() => Create(ClipOptions.LoadTorch);

    internal static Command Create(Func<ModelFiles, string, string, Clip> load)
    {
        var clip = new ClipOptions(load);
        var images = PictureInputs.Option("Rows; without texts, columns too.");
        var texts = new Option<string[]>("--text", "-t")
        {
            Description = "Texts. Columns; without pictures, rows too.",
            HelpName = "texts",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var softmax = new Option<bool>("--softmax")
        {
            Description = "Show probabilities along each row: softmax of cosine times the model's logit scale.",
        };
        var probability = new Option<bool>("--probabilities")
        {
            Description = "Show the model's own probabilities: as --softmax, or of a sigmoid model (SigLIP) each pair's by itself.",
        };
        var json = SharedOptions.Json();
        var strict = SharedOptions.Strict();
        var command = new Command("similarity", "Compare a few pictures and texts: a table of cosines.")
        {
            images, texts, softmax, probability, json, strict,
        }
            .WithExample("clipsharp similarity -m logs/first --image cat.jpg dog.jpg --text \"a cat\" \"a dog\"")
            .WithExample("clipsharp similarity -m logs/first --image cat.jpg dog.jpg --text \"a cat\" \"a dog\" --softmax --json");
        clip.AddTo(command);
        command.Require(parsed => parsed.GetValue(softmax) && parsed.GetValue(probability)
            ? "Give one of --softmax and --probabilities." : null);
        command.SetAction((parsed, cancel) =>
        {
            var options = new SimilarityOptions(PictureInputs.Files(parsed.GetValue(images)!, Output.Of(parsed)),
                parsed.GetValue(texts)!,
                parsed.GetValue(softmax), parsed.GetValue(probability), parsed.GetValue(json), parsed.GetValue(strict));
            if (options.Images.Count + options.Texts.Count < 2)
            {
                throw new ClipException(ClipError.Usage, "There is nothing to compare", "--image, --text",
                    $"{options.Images.Count + options.Texts.Count}",
                    "at least two pictures or texts", "Give more, or a folder.");
            }

            using var model = clip.Load(parsed, withTexts: options.Texts.Count > 0);
            Run(options, model, Output.Of(parsed), cancel);
            PictureFlags.NoteGreys(Output.Of(parsed), model.Preprocessor);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(SimilarityOptions options, Clip clip, Output output, CancellationToken cancel)
    {
        CutTexts.Tell(clip, options.Texts, options.IsStrict, output);
        var model = FiniteVectors.Require(clip.Logits);
        var shares = options.IsSoftmax ? model.Softmax() : model;
        var pictures = options.Images.Count == 0 ? null : clip.EncodeImages(options.Images);
        var texts = options.Texts.Count == 0 ? null : clip.EncodeTexts(options.Texts, cancel: cancel);
        var (rowNames, rows) = pictures is null ? (options.Texts, texts!) : (options.Images, pictures);
        var (columnNames, columns) = texts is null ? (options.Images, pictures!) : (options.Texts, texts);
        var table = new List<IReadOnlyList<string>>();
        for (var i = 0; i < rows.Count; i++)
        {
            double[] cosines = [.. Enumerable.Range(0, columns.Count).Select(j => Dot(rows.Row(i), columns.Row(j)))];
            double[] logits = [.. cosines.Select(model.Of)];
            double[] probabilities = [.. cosines];
            shares.ToProbabilities(probabilities);
            if (options.IsJson)
            {
                output.Json(new SimilarityRow(rowNames[i], columnNames, cosines, logits, probabilities),
                    SimilarityJson.Default.SimilarityRow);
            }

            var shown = options.IsSoftmax || options.IsProbability
                ? probabilities.Select(value => value.ToString("0.0%", CultureInfo.InvariantCulture))
                : cosines.Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture));
            table.Add([rowNames[i], .. shown]);
        }

        if (!options.IsJson)
        {
            output.Table([new(""), .. columnNames.Select(name => new Column(name, IsNumber: true))], table);
        }
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}

/// <summary>A line of <c>--json</c>.</summary>
/// <param name="Row">The picture's file as given, or the text.</param>
/// <param name="Columns">What it is compared with.</param>
/// <param name="Cosines">−1 to 1, one for each column.</param>
/// <param name="Logits">Cosines times the model's logit scale, plus its bias if it has one.</param>
/// <param name="Probabilities">As the model was trained: their softmax along the row, or the sigmoid of each.</param>
internal sealed record SimilarityRow(
    string Row, IReadOnlyList<string> Columns, IReadOnlyList<double> Cosines, IReadOnlyList<double> Logits,
    IReadOnlyList<double> Probabilities);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SimilarityRow))]
internal sealed partial class SimilarityJson : JsonSerializerContext;
