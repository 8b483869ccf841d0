using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>Where a set lies, which split of it is measured, how it is read and where its features are kept.</summary>
internal sealed class SetFlags
{
    public Option<string?> Root { get; } = new("--dataset-root")
    {
        Description = "The folder in which named data sets lie.",
        HelpName = "path",
    };

    public Option<string> Split { get; } = new("--split")
    {
        Description = "Which split of a whole set is measured.",
        HelpName = "name",
        DefaultValueFactory = _ => "test",
    };

    public Option<int> Workers { get; } = new Option<int>("--num-workers")
    {
        Description = "Threads that decode pictures; 0 = one a processor.",
        HelpName = "n",
        DefaultValueFactory = _ => 0,
    }
        .AtLeast(0);

    public Option<long> Seed { get; } = SharedOptions.Seed();

    public Option<string?> FeatureRoot { get; } = new("--feature-root")
    {
        Description = "Where features are kept, or none. [default: the user's cache]",
        HelpName = "path",
    };

    /// <summary>All but the data's place.</summary>
    public BenchmarkOptions Bind(ParseResult parsed, DataFlags reading) => new()
    {
        Data = "",
        Split = parsed.GetValue(Split)!,
        DataOptions = reading.Bind(parsed),
        NumWorkers = parsed.GetValue(Workers),
        Seed = parsed.GetValue(Seed),
    };

    /// <summary>Keeps features where the user says, else in <paramref name="usual"/>.</summary>
    public FeatureStore Store(ParseResult parsed, FeatureStore usual) => parsed.GetValue(FeatureRoot) switch
    {
        null => usual,
        "none" => new FeatureStore(null),
        var folder => new FeatureStore(folder),
    };
}
