using System.CommandLine;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Text;

namespace ClipSharp.Cli.Commands;

/// <summary>What to tokenize and by which vocabulary.</summary>
/// <param name="Vocabulary">A vocabulary's file or a folder that holds one; null = the model's.</param>
/// <param name="Model">The model, where no vocabulary is named.</param>
/// <param name="Texts">Texts.</param>
/// <param name="File">A file of more texts, or null.</param>
/// <param name="Cleaning">How the texts are cleaned and cut; null = as the model does, or OpenAI.</param>
/// <param name="IsJson">A JSON object a text.</param>
internal sealed record TokenizeOptions(string? Vocabulary, string? Model, IReadOnlyList<string> Texts, string? File,
    TextCleaning? Cleaning, bool IsJson);

/// <summary><c>clipsharp tokenize</c>: texts to pieces and ids.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var vocabulary = new Option<string?>("--vocab")
        {
            Description = "A vocabulary: bpe_simple_vocab_16e6.txt.gz, or a folder with vocab.json and merges.txt.",
            HelpName = "path",
        };
        var model = SharedOptions.Model(required: false);
        var texts = new Argument<string[]>("text") { Description = "Texts.", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file")
        {
            Description = "A file of texts, one a line (- for stdin); *.jsonl: a JSON string or an object with \"text\" a line.",
            HelpName = "path",
        };
        var noTextRepair = SharedOptions.NoTextRepair();
        var json = SharedOptions.Json();
        var command = new Command("tokenize", "Show the pieces and ids of texts.")
            { texts, vocabulary, model, file, noTextRepair, json }
            .WithExample("clipsharp tokenize --vocab bpe_simple_vocab_16e6.txt.gz \"a photo of a cat\"")
            .WithExample("clipsharp tokenize --model logs/first/checkpoints/epoch_10 --file captions.txt --json");
        command.Require(parsed => (parsed.GetValue(vocabulary) is null) == (parsed.GetValue(model) is null)
            ? "Give either --vocab or --model."
            : null);
        command.Require(parsed => parsed.GetValue(texts) is null or [] && parsed.GetValue(file) is null
            ? "Give texts or --file."
            : null);
        command.SetAction(parsed => Run(
            new TokenizeOptions(parsed.GetValue(vocabulary), parsed.GetValue(model), parsed.GetValue(texts)!,
                parsed.GetValue(file),
                parsed.GetValue(noTextRepair) ? TextCleaning.HuggingFace : null, parsed.GetValue(json)),
            Output.Of(parsed)));
        return command;
    }

    private static void Run(TokenizeOptions options, Output output)
    {
        var (tokenizer, contextLength) = LoadTokenizer(options, output);
        var cut = new CutTexts(contextLength);
        foreach (var text in options.Texts.Concat(options.File is null
            ? []
            : TextFile.Read(options.File, new DataOptions(), output)))
        {
            var own = tokenizer.Encode(text);
            cut.Add(text, own.Length);
            int[] start = tokenizer.StartToken is { } first ? [first] : [];
            int[] ids = [.. start, .. own.Take(contextLength - start.Length - 1), tokenizer.EndToken];
            var pieces = tokenizer.Pieces(ids);
            if (options.IsJson)
            {
                output.Json(new TokenizedText(text, pieces, ids), TokenizedJson.Default.TokenizedText);
            }
            else
            {
                output.Line(string.Join(' ', pieces));
                output.Line(string.Join(' ', ids));
                output.Line();
            }
        }

        cut.Tell(output);
    }

    /// <summary>The ids are those that the commands which run the model give it, cut to its context; a vocabulary alone has
    /// none.</summary>
    private static (TextTokenizer Tokenizer, int ContextLength) LoadTokenizer(TokenizeOptions options, Output output)
    {
        if (options.Vocabulary is not null)
        {
            return (TextTokenizer.Load(options.Vocabulary, options.Cleaning), int.MaxValue);
        }

        var path = SharedOptions.ModelPath(options.Model!, output);
        if (EngineChoice.EngineOf(path, null) == "onnx")
        {
            var folder = OnnxFolder.Open(path, new OnnxChoice { Cleaning = options.Cleaning });
            return (folder.LoadTokenizer(), folder.Config.Text.ContextLength);
        }

        var model = ModelFiles.Open(path, new ModelOverrides { Cleaning = options.Cleaning });
        return (model.LoadTokenizer(), model.Config.Text.ContextLength);
    }
}

/// <summary>A line of <c>--json</c>.</summary>
/// <param name="Text">The text as given.</param>
/// <param name="Pieces">What each id stands for.</param>
/// <param name="Ids">The ids, start and end token included, not padded; cut to the model's context where a model is
/// named.</param>
internal sealed record TokenizedText(string Text, IReadOnlyList<string> Pieces, IReadOnlyList<int> Ids);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TokenizedText))]
internal sealed partial class TokenizedJson : JsonSerializerContext;
