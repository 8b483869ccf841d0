using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Evaluation;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>From what and how a probe learns; bound to <see cref="BenchmarkOptions"/>.</summary>
internal sealed class ProbeFlags
{
    private static readonly BenchmarkOptions Standard = new() { Data = "" };

    private readonly Option<string> _trainSplit = new("--train-split")
    {
        Description = "The split that probes and neighbours learn from.",
        HelpName = "name",
        DefaultValueFactory = _ => Standard.TrainSplit,
    };

    private readonly Option<string?> _valSplit = new("--val-split")
    {
        Description = "The split that chooses a probe's strength or a temperature; else val or valid, else a part of --train-split.",
        HelpName = "name",
    };

    private readonly Option<double> _valProportion = new("--val-proportion")
    {
        Description = "The part of --train-split that is held out where there is no validation split.",
        HelpName = "share",
        DefaultValueFactory = _ => Standard.ValProportion,
    };

    private readonly Option<string?> _features = new("--probe-features")
    {
        Description = "pooled (before the last projection, the paper's, torch only) or projected. [default: what the engine has]",
        HelpName = "layer",
    };

    public void AddTo(Command command)
    {
        _features.OneOf(Spelling.Words<FeatureLayer>());
        foreach (var option in (Option[])[_trainSplit, _valSplit, _valProportion, _features])
        {
            command.Options.Add(option);
        }
    }

    public BenchmarkOptions Bind(ParseResult parsed, BenchmarkOptions options) => options with
    {
        TrainSplit = parsed.GetValue(_trainSplit)!,
        ValSplit = parsed.GetValue(_valSplit),
        ValProportion = parsed.GetValue(_valProportion),
        ProbeFeatures = Spelling.Find<FeatureLayer>(parsed.GetValue(_features)),
    };
}
