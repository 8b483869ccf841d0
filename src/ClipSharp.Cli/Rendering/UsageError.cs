using System.CommandLine;

namespace ClipSharp.Cli.Rendering;

/// <summary>A command line that cannot be understood: one line, where the help is; exit 64.</summary>
internal static class UsageError
{
    /// <returns>The exit code.</returns>
    public static int Render(Command command, IReadOnlyList<string> faults, TextWriter error)
    {
        error.WriteLine(Styled.Error(error, Styled.Plain(string.Join(' ', faults))));
        error.WriteLine(Styled.Hint(error, $"{HelpPage.PathOf(command)} --help"));
        return (int)ClipError.Usage;
    }

    /// <summary>What the parser does not understand.</summary>
    public static IReadOnlyList<string> Faults(ParseResult parsed)
    {
        // A superfluous word first: what the parser says besides mostly follows from it.
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            return [$"unknown argument {unknown}."];
        }

        if (parsed.CommandResult.Command is { Action: null, Subcommands: { Count: > 0 } below })
        {
            return [$"a command is missing: {string.Join(", ", below.Where(c => !c.Hidden).Select(c => c.Name))}."];
        }

        return [.. parsed.Errors.Select(e => Plain(e.Message)).Distinct()];
    }

    private static string Plain(string message) => message
        .Replace("System.Nullable`1[System.Int32]", "System.Int32", StringComparison.Ordinal)
        .Replace("System.Nullable`1[System.Int64]", "System.Int64", StringComparison.Ordinal)
        .Replace("System.Nullable`1[System.Double]", "System.Double", StringComparison.Ordinal)
        .Replace("as expected type 'System.Int32'", "as a whole number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Int64'", "as a whole number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Single'", "as a number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Double'", "as a number", StringComparison.Ordinal)
        .Replace("as expected type 'System.Boolean'", "as true or false", StringComparison.Ordinal);
}
