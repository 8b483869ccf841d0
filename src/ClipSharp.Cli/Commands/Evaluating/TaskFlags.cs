using System.CommandLine;
using System.Globalization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Evaluation;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>What single tasks can be told; bound to <see cref="BenchmarkOptions"/>.</summary>
internal sealed class TaskFlags
{
    private static readonly BenchmarkOptions Standard = new() { Data = "" };

    private readonly Option<string> _recallK = new("--recall-k")
    {
        Description = "The k of recall at k.",
        HelpName = "list",
        DefaultValueFactory = _ => "1,5,10",
    };

    private readonly Option<bool> _present = new("--classes-present")
    {
        Description = "Also choose among only the classes that occur in the split.",
    };

    private readonly ProbeFlags _probes = new();

    private readonly Option<string> _fewshotK = new("--fewshot-k")
    {
        Description = "Examples a class of few-shot probes.",
        HelpName = "list",
        DefaultValueFactory = _ => "1,2,4,8,16",
    };

    private readonly Option<int> _fewshotSeeds = new Option<int>("--fewshot-seeds")
    {
        Description = "How often the examples are drawn anew.",
        HelpName = "n",
        DefaultValueFactory = _ => Standard.FewshotSeeds,
    }
        .AtLeast(1);

    private readonly Option<int> _neighbors = new Option<int>("--knn")
    {
        Description = "How many neighbours vote.",
        HelpName = "n",
        DefaultValueFactory = _ => Standard.Neighbors,
    }
        .AtLeast(1);

    private readonly Option<string> _ensemble = new("--ensemble")
    {
        Description = "Naming: what several templates are averaged in, embeddings or probabilities.",
        HelpName = "name",
        DefaultValueFactory = _ => Spelling.Of(Standard.Ensemble),
    };

    private readonly Option<string?> _classifier = new("--classifier")
    {
        Description = "Naming and calibration: what zeroshot --save-classifier wrote, instead of names and templates.",
        HelpName = "file",
    };

    private readonly Option<string?> _pictures = new("--pictures")
    {
        Description = "The folder of a selection set's pictures; else as its authors lay them.",
        HelpName = "path",
    };

    private readonly Option<string?> _groupBy = new("--group-by")
    {
        Description = "Accuracy in each group and the worst: a column of the table, or the number of a column of the .npy beside each picture.",
        HelpName = "column",
    };

    public void AddTo(Command command)
    {
        _ensemble.OneOf(Spelling.Words<PromptEnsemble>());
        foreach (var option in (Option[])[_ensemble, _classifier, _recallK, _present])
        {
            command.Options.Add(option);
        }

        _probes.AddTo(command);
        foreach (var option in (Option[])[_fewshotK, _fewshotSeeds, _neighbors, _groupBy, _pictures])
        {
            command.Options.Add(option);
        }
    }

    public BenchmarkOptions Bind(ParseResult parsed, BenchmarkOptions options) => _probes.Bind(parsed, options) with
    {
        Ensemble = Spelling.Find<PromptEnsemble>(parsed.GetValue(_ensemble))!.Value,
        Classifier = parsed.GetValue(_classifier),
        RecallK = Numbers("--recall-k", parsed.GetValue(_recallK)!),
        ClassesPresent = parsed.GetValue(_present),
        FewshotK = Numbers("--fewshot-k", parsed.GetValue(_fewshotK)!),
        FewshotSeeds = parsed.GetValue(_fewshotSeeds),
        Neighbors = parsed.GetValue(_neighbors),
        GroupBy = parsed.GetValue(_groupBy),
        Pictures = parsed.GetValue(_pictures),
    };

    private static int[] Numbers(string option, string list) =>
        [.. list.Split(',').Select(item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k
            : throw new ClipException(ClipError.Usage, "An option is out of range", option, list,
                "numbers between commas, such as 1,5,10", "Leave it out for the usual value."))];
}
