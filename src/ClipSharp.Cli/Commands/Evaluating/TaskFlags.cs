using System.CommandLine;
using System.Globalization;
using ClipSharp.Evaluation;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary>What single tasks can be told; bound to <see cref="BenchmarkOptions"/>.</summary>
internal sealed class TaskFlags
{
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

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_recallK, _present])
        {
            command.Options.Add(option);
        }
    }

    public BenchmarkOptions Bind(ParseResult parsed, BenchmarkOptions options) => options with
    {
        RecallK = Numbers("--recall-k", parsed.GetValue(_recallK)!),
        ClassesPresent = parsed.GetValue(_present),
    };

    private static int[] Numbers(string option, string list) =>
        [.. list.Split(',').Select(item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k
            : throw new ClipException(ClipError.Usage, "An option is out of range", option, list,
                "numbers between commas, such as 1,5,10", "Leave it out for the usual value."))];
}
