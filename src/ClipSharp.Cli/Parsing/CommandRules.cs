using System.CommandLine;
using System.Runtime.CompilerServices;

namespace ClipSharp.Cli.Parsing;

/// <summary>What must hold between the options of a command. Asked when all of them are parsed: System.CommandLine's own
/// validators of a command run before its values are checked, and reading an unfit one there throws.</summary>
internal static class CommandRules
{
    private static readonly ConditionalWeakTable<Command, List<Func<ParseResult, string?>>> Rules = [];

    /// <summary>Adds a rule.</summary>
    /// <param name="command">The command.</param>
    /// <param name="rule">Says what is wrong, a sentence, or null.</param>
    public static void Require(this Command command, Func<ParseResult, string?> rule) =>
        Rules.GetOrCreateValue(command).Add(rule);

    /// <summary>What is wrong with a command line that was parsed without errors.</summary>
    public static IReadOnlyList<string> Faults(ParseResult parsed) =>
        Rules.TryGetValue(parsed.CommandResult.Command, out var rules)
            ? [.. rules.Select(rule => rule(parsed)).OfType<string>()]
            : [];
}
