using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ClipSharp.Cli.Rendering;

/// <summary><c>--help</c>: the commands in groups for the root, the standard page for a command, then its examples.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int Widest = 100;
    private const int Narrowest = 40; // the parser's page has two columns

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>How a command is called: "clipsharp data check".</summary>
    public static string PathOf(Command command) => command switch
    {
        RootCommand root => root.HelpName ?? root.Name,
        _ when command.Parents.OfType<Command>().FirstOrDefault() is { } parent => $"{PathOf(parent)} {command.Name}",
        _ => command.Name,
    };

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is CommandTree root)
        {
            WriteRoot(root, output);
            return 0;
        }

        var width = Math.Clamp(Styled.Width(output) ?? Widest, Narrowest, Widest);
        var code = new HelpAction { MaxWidth = width }.Invoke(parseResult);
        WriteExamples(CommandExamples.Of(parseResult.CommandResult.Command), output);
        return code;
    }

    private static void WriteRoot(CommandTree root, TextWriter output)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage:");
        output.WriteLine($"  {PathOf(root)} <command> [options]");
        var groups = root.Groups.Where(group => group.Commands.Count > 0).ToList();
        var widest = groups.SelectMany(group => group.Commands).Select(command => command.Name.Length).DefaultIfEmpty().Max();
        foreach (var group in groups)
        {
            output.WriteLine();
            output.WriteLine($"{group.Title}:");
            foreach (var command in group.Commands.Where(command => !command.Hidden))
            {
                output.WriteLine($"  {command.Name.PadRight(widest)}  {command.Description}");
            }
        }

        output.WriteLine();
        output.WriteLine("Every command explains itself with --help; --debug shows the stack trace of a failure; --version.");
        output.WriteLine("Results go to stdout, progress and notes to stderr. Exit codes: 0 done, 64 wrong usage, 65 bad data,");
        output.WriteLine("66 no such input, 69 something is missing on this machine, 70 a fault of this program, 73 the output");
        output.WriteLine("cannot be created, 74 reading or writing failed, 77 no permission, 78 bad configuration, 128 + n signal n.");
        output.WriteLine();
        WriteExamples(CommandExamples.Of(root), output);
    }

    private static void WriteExamples(IReadOnlyList<string> examples, TextWriter output)
    {
        if (examples.Count == 0)
        {
            return;
        }

        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in examples)
        {
            output.WriteLine($"  {example}");
        }
    }
}
