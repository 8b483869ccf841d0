using System.CommandLine;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Cli.Inputs;

/// <summary>What a user may say of a model beside its files.</summary>
internal sealed class OverrideOptions
{
    private readonly Option<string?> _config = new("--model-config")
    {
        Description = "What the model is, where its files do not say it: a preset's name or a model JSON.",
        HelpName = "name",
    };

    private readonly Option<bool> _quickGelu = new("--quick-gelu")
    {
        Description = "The activation is QuickGELU, as in OpenAI's models.",
    };
    private readonly Option<bool> _gelu = new("--no-quick-gelu")
    {
        Description = "The activation is GELU, as in most of open_clip's models.",
    };
    private readonly Option<Extent?> _imageSize = ExtentOption.Create(
        "--image-size", "Pixels a side, or height and width; position embeddings are carried over.");

    private readonly Option<int?> _contextLength = new("--context-length")
    {
        Description = "Tokens of a text; position embeddings are carried over.",
        HelpName = "n",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "The vocabulary's file or folder, where none lies beside the weights.",
        HelpName = "path",
    };

    private readonly Option<bool> _noTextRepair = SharedOptions.NoTextRepair();

    /// <summary>Adds what tells which model it is.</summary>
    public OverrideOptions AddIdentityTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_quickGelu);
        command.Options.Add(_gelu);
        command.Require(parsed => parsed.GetValue(_quickGelu) && parsed.GetValue(_gelu)
            ? "Give either --quick-gelu or --no-quick-gelu."
            : null);
        return this;
    }

    /// <summary>Adds what makes it another size, and where its tokenizer lies.</summary>
    public OverrideOptions AddSizesTo(Command command)
    {
        command.Options.Add(_imageSize);
        command.Options.Add(_contextLength);
        command.Options.Add(_tokenizer);
        return this;
    }

    /// <summary>Adds how texts are cleaned.</summary>
    public void AddCleaningTo(Command command) => command.Options.Add(_noTextRepair);

    /// <summary>What was said.</summary>
    /// <exception cref="ClipException">There is no such preset, or the model JSON is unfit.</exception>
    public ModelOverrides Of(ParseResult parsed) => new()
    {
        Config = parsed.GetValue(_config) is { } name ? ModelPresets.Find(name) : null,
        QuickGelu = parsed.GetValue(_quickGelu) ? true : parsed.GetValue(_gelu) ? false : null,
        ImageSize = parsed.GetValue(_imageSize),
        ContextLength = parsed.GetValue(_contextLength),
        Tokenizer = parsed.GetValue(_tokenizer),
        Cleaning = parsed.GetValue(_noTextRepair) ? TextCleaning.HuggingFace : null,
    };

    /// <summary>Opens a model and tells what was assumed or changed.</summary>
    /// <exception cref="ClipException">Something is missing, unfit or not known.</exception>
    public static ModelFiles Open(string path, ModelOverrides overrides, Output output)
    {
        var model = ModelFiles.Open(path, overrides);
        foreach (var note in model.Notes)
        {
            output.Note(note);
        }

        return model;
    }
}
