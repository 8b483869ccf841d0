using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>Which sets are meant, how they are read and where features are kept.</summary>
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

    private readonly Option<int> _workers = new Option<int>("--num-workers")
    {
        Description = "Threads that decode pictures; 0 = one a processor.",
        HelpName = "n",
        DefaultValueFactory = _ => 0,
    }
        .AtLeast(0);

    private readonly Option<long> _seed = SharedOptions.Seed();

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

    /// <summary>Adds how sets are read and kept.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isDrawn">Whether something is drawn, so that it has a seed.</param>
    public void AddReadingTo(Command command, bool isDrawn = true)
    {
        command.Options.Add(_workers);
        if (isDrawn)
        {
            command.Options.Add(_seed);
        }

        command.Options.Add(_featureRoot);
    }

    /// <summary>All sets.</summary>
    public IReadOnlyList<string> Datasets(ParseResult parsed) => parsed.GetValue(_dataset)!;

    /// <summary>Where named sets lie, or null.</summary>
    public string? Root(ParseResult parsed) => parsed.GetValue(_root);

    /// <summary>The split of whole sets.</summary>
    public string Split(ParseResult parsed) => parsed.GetValue(_split)!;

    /// <summary>Threads that decode.</summary>
    public int Workers(ParseResult parsed) => parsed.GetValue(_workers);

    /// <summary>All but the set.</summary>
    public BenchmarkOptions Bind(ParseResult parsed, DataFlags reading) => new()
    {
        Data = "",
        DatasetRoot = Root(parsed),
        Split = Split(parsed),
        DataOptions = reading.Bind(parsed),
        NumWorkers = Workers(parsed),
        Seed = parsed.GetValue(_seed),
    };

    /// <summary>The same with the only set.</summary>
    /// <exception cref="ClipException">There are several, or it is not there (before a model is loaded).</exception>
    public BenchmarkOptions BindSingle(ParseResult parsed, DataFlags reading)
    {
        if (Datasets(parsed) is not [var only])
        {
            throw new ClipException(ClipError.Usage, "This takes one data set", "--dataset", string.Join(" ", Datasets(parsed)),
                "one", "Type the command for each.");
        }

        var options = Bind(parsed, reading) with { Data = only };
        BenchmarkFolder.Find(only, options.Split, options.DatasetRoot, options.DataOptions);
        return options;
    }

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
