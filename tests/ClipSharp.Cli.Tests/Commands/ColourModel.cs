using System.Text.RegularExpressions;
using ClipSharp.Cli.Commands;
using ClipSharp.Cli.Commands.Evaluating;
using ClipSharp.Cli.Commands.Exchange;
using ClipSharp.Cli.Commands.Prompting;
using ClipSharp.Cli.Rendering.Terminal;
using ClipSharp.Evaluation.Features;
using ClipSharp.Models;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Tests.Commands;

/// <summary>Runs the commands that use a model with one that knows red, green and blue.</summary>
internal sealed partial class ColourModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public ColourModel() => TinyModel.Write(_folder["model"]);

    /// <summary>Where the tests' files lie.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>What <c>--model</c> says, in the folder.</summary>
    public string Model { get; set; } = "model";

    /// <summary>How the model's cosines become probabilities.</summary>
    public Logits Logits { get; set; } = new(10);

    /// <summary>What shows pages.</summary>
    public Desktop Desktop { get; set; } = new(_ => null, _ => { });

    /// <summary>What the last run printed, with the folder's path as "DIR".</summary>
    public string Output => Plain(_output);

    /// <summary>The same with one width between columns, whatever the folder's path is.</summary>
    public string Table => string.Join('\n', ColumnGap().Replace(Output, "  ").Split('\n').Select(line => line.TrimEnd()));

    /// <summary>What the last run noted.</summary>
    public string Error => Plain(_error);

    /// <summary>Runs a command line; the model is added.</summary>
    public async Task<int> Run(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        var cache = new ClassifierCache(_folder["cache"]);
        var tree = new CommandTree("Tests.",
            [new("All", [ZeroShotCommand.Create(Load, cache),
                EvalCommand.Create(Load, cache, new FeatureStore(_folder["features"])),
                PromptsCommand.Create(Load, new FeatureStore(_folder["features"])),
                EmbedCommand.Create(Load),
                SimilarityCommand.Create(Load), IndexCommand.Create(Load), SearchCommand.Create(Load, Desktop),
                ExportCommand.Create()])]);
        return await CommandLine.Run(tree, [.. arguments, "--model", _folder[Model]], _output, _error);
    }

    /// <summary>Writes a picture.</summary>
    public string Picture(string name, int colour)
    {
        File.WriteAllBytes(_folder[name], ColourPictures.Png(colour));
        return _folder[name];
    }

    /// <summary>Writes a text.</summary>
    public string Text(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private string Plain(StringWriter writer) =>
        writer.ToString().ReplaceLineEndings("\n").Replace(_folder.Path, "DIR", StringComparison.Ordinal);

    [GeneratedRegex(" {2,}|─{2,}")]
    private static partial Regex ColumnGap();

    private Clip Load(ModelFiles model, string device, string precision) =>
        new(new ColourEncoder(model.LoadTokenizer()) { Logits = Logits }, model);
}
