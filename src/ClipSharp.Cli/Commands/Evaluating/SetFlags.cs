using System.CommandLine;
using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>Which sets are meant, and where features are kept.</summary>
internal sealed class SetFlags
{
    private readonly Option<string[]> _dataset = new("--dataset", "--data")
    {
        Description = "Data sets: a name of docs/datasets.md, a folder, shards, or hf-hub:org/name once pulled.",
        HelpName = "name",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _root = new("--dataset-root")
    {
        Description = "The folder in which named data sets lie.",
        HelpName = "path",
    };

    private readonly Option<string> _split;

    private readonly Option<string?> _featureRoot = new("--feature-root")
    {
        Description = "Where features are kept, or none. [default: the user's cache]",
        HelpName = "path",
    };

    /// <param name="verb">What is done with a split: "measured".</param>
    public SetFlags(string verb) => _split = new("--split")
    {
        Description = $"Which split of a whole set is {verb}.",
        HelpName = "name",
        DefaultValueFactory = _ => "test",
    };

    /// <summary>Adds the options that name sets.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_dataset, _root, _split])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds the place of features.</summary>
    public void AddFeatureRootTo(Command command) => command.Options.Add(_featureRoot);

    public IReadOnlyList<string> Datasets(ParseResult parsed) => parsed.GetValue(_dataset)!;

    public string? Root(ParseResult parsed) => parsed.GetValue(_root);

    public string Split(ParseResult parsed) => parsed.GetValue(_split)!;

    /// <summary>The store that was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="standard">The one where none is named.</param>
    public FeatureStore Features(ParseResult parsed, FeatureStore standard) => parsed.GetValue(_featureRoot) switch
    {
        null => standard,
        "none" => new FeatureStore(null),
        var folder => new FeatureStore(folder),
    };

    /// <summary>Says where features could not be kept.</summary>
    public static void NoteStore(FeatureStore store, Output output)
    {
        if (store.NotKept is { } why)
        {
            output.Note($"features are not kept ({why}); --feature-root names a writable folder, or none");
        }
    }
}
