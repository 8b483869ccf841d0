using System.CommandLine;
using ClipSharp.Parts;

namespace ClipSharp.Cli.Inputs;

/// <summary>What <c>--part</c> says: a part of the work, or the merge of all.</summary>
/// <param name="Part">The part; null = the merge.</param>
internal sealed record PartChoice(WorkPart? Part)
{
    /// <summary>Whether all parts are to be merged.</summary>
    public bool IsMerge => Part is null;
}

/// <summary><c>--part</c>, for work that several processes share.</summary>
internal sealed class PartFlag
{
    private readonly Option<string?> _part = new("--part")
    {
        Description = "Do one part of the work, such as 2/8, or auto in a job array; when all are done, merge.",
        HelpName = "i/n",
    };

    /// <summary>Adds the option.</summary>
    public void AddTo(Command command) => command.Options.Add(_part);

    /// <summary>What was asked for; null = all the work in this process.</summary>
    /// <exception cref="ClipException">There is no such part.</exception>
    public PartChoice? Of(ParseResult parsed) => parsed.GetValue(_part) switch
    {
        null => null,
        "merge" => new PartChoice(Part: null),
        var text => new PartChoice(WorkPart.Parse(text, Environment.GetEnvironmentVariable)),
    };
}
