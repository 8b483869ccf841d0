using System.CommandLine;
using System.CommandLine.Parsing;

namespace ClipSharp.Cli.Rendering;

/// <summary>A command line that cannot be understood: one line, the nearest existing name, where the help is; exit 64.</summary>
internal static class UsageError
{
    /// <returns>The exit code.</returns>
    public static int Render(ParseResult parsed, TextWriter error)
    {
        error.WriteLine(Styled.Error(error, Describe(parsed)));
        error.WriteLine(Styled.Hint(error, $"{HelpPage.PathOf(parsed.CommandResult.Command)} --help"));
        return (int)ClipError.Usage;
    }

    private static string Describe(ParseResult parsed)
    {
        // An unknown name first: what the parser says besides mostly follows from it.
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return Unknown(unknown, parsed.CommandResult);
        }

        if (parsed.CommandResult.Command is { Action: null, Subcommands: { Count: > 0 } below })
        {
            return $"a command is missing: {string.Join(", ", below.Where(c => !c.Hidden).Select(c => c.Name))}.";
        }

        var messages = parsed.Errors.Select(e => Plain(e.Message)).Distinct();
        return string.Join(' ', messages);
    }

    private static string Unknown(string token, CommandResult at)
    {
        var isOption = token.StartsWith('-');
        var name = token.Split('=', ':')[0];
        var known = isOption ? OptionNames(at) : at.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
        var kind = isOption ? "option" : at.Command.Subcommands.Count > 0 ? "command" : "argument";
        var nearest = NearestName.Of(name, known) is { } near ? $" Did you mean {near}?" : "";
        return $"unknown {kind} {name}.{nearest}";
    }

    // Those of the command, and the recursive ones of its parents.
    private static IEnumerable<string> OptionNames(CommandResult at)
    {
        for (SymbolResult? level = at; level is not null; level = level.Parent)
        {
            if (level is CommandResult command)
            {
                foreach (var option in command.Command.Options.Where(o => !o.Hidden && (level == at || o.Recursive)))
                {
                    yield return option.Name;
                    foreach (var alias in option.Aliases)
                    {
                        yield return alias;
                    }
                }
            }
        }
    }

    private static string Plain(string message) => message
        .Replace("as expected type 'System.Int32'", "as a whole number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Int64'", "as a whole number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Single'", "as a number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Double'", "as a number", StringComparison.Ordinal);
}
