using System.CommandLine;
using System.CommandLine.Help;
using ClipSharp.Cli.Rendering;

namespace ClipSharp.Cli;

/// <summary>Commands that belong together in the help.</summary>
internal sealed record CommandGroup(string Title, IReadOnlyList<Command> Commands);

/// <summary>The root command: every command in its group, the global options, our help pages.</summary>
internal sealed class CommandTree : RootCommand
{
    /// <summary>Shows the stack trace of a failure.</summary>
    public static Option<bool> Debug { get; } =
        new("--debug") { Description = "Show the stack trace when something fails.", Recursive = true };

    public CommandTree(string description, IReadOnlyList<CommandGroup> groups) : base(description)
    {
        HelpName = "clipsharp";
        Groups = groups;
        Options.OfType<HelpOption>().Single().Action = new HelpPage();
        Options.Add(Debug);
        foreach (var command in groups.SelectMany(group => group.Commands))
        {
            Subcommands.Add(command);
        }
    }

    public IReadOnlyList<CommandGroup> Groups { get; }
}
